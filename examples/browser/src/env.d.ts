interface ImportMetaEnv {
  readonly VITE_SPOTIFY_CLIENT_ID: string
  readonly VITE_SPOTIFY_ACCOUNTS_URL?: string
  readonly VITE_SPOTIFY_API_URL?: string
}

interface ImportMeta {
  readonly env: ImportMetaEnv
}

// TypeScript does not know Trusted Types yet: https://www.w3.org/TR/trusted-types/

interface TrustedScriptURL {
  readonly toString: () => string
}

interface TrustedTypePolicy {
  readonly createScriptURL: (input: string) => TrustedScriptURL
}

declare var trustedTypes: {
  readonly createPolicy: (
    name: string,
    rules: { readonly createScriptURL: (input: string) => string }
  ) => TrustedTypePolicy
} | undefined

interface ServiceWorkerContainer {
  register(script: TrustedScriptURL | string): Promise<ServiceWorkerRegistration>
}
