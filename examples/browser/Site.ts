/**
 * The page as a site: how it is built, and the headers that it is served with.
 */
import type { UserConfig } from "vite"
import * as ServiceWorkerPlugin from "./ServiceWorkerPlugin.ts"

/** The app, and the addresses of Spotify or of a stand-in for it. */
export interface Settings {
  readonly clientId: string
  readonly accountsUrl?: string | undefined
  readonly apiUrl?: string | undefined
}

/**
 * The policy that the page works under: no script, style or request but its own and those to Spotify.
 *
 * **Details**
 *
 * Trusted Types forbid every way to turn a text into markup or a script. `trusted-types service-worker` allows one
 * exception, which knows no address but that of the service worker. Your host has to send the same headers.
 *
 * @see https://www.w3.org/TR/CSP3/
 * @see https://www.w3.org/TR/trusted-types/
 */
const contentSecurityPolicy = ({ accountsUrl, apiUrl }: Settings): string =>
  [
    "default-src 'none'",
    "script-src 'self'",
    "style-src 'self'",
    "img-src 'self' https://i.scdn.co https://*.spotifycdn.com https://platform-lookaside.fbsbx.com",
    "worker-src 'self'",
    // The service worker fetches the files of the page; what it may fetch is in the policy of its own script.
    `connect-src 'self' ${new URL(accountsUrl ?? "https://accounts.spotify.com").origin} ${
      new URL(apiUrl ?? "https://api.spotify.com").origin
    }`,
    "base-uri 'none'",
    "form-action 'none'",
    "frame-ancestors 'none'",
    "require-trusted-types-for 'script'",
    "trusted-types service-worker"
  ].join("; ")

const headersOf = (settings: Settings): Readonly<Record<string, string>> => ({
  "Content-Security-Policy": contentSecurityPolicy(settings),
  // The page has to hear from the window in which somebody signs in.
  "Cross-Origin-Opener-Policy": "same-origin-allow-popups",
  "Referrer-Policy": "no-referrer",
  "X-Content-Type-Options": "nosniff"
})

/** Vite's configuration for the page. */
export const configurationOf = (settings: Settings): UserConfig => ({
  root: import.meta.dirname,
  logLevel: "warn",
  plugins: [ServiceWorkerPlugin.make()],
  build: {
    target: "es2023",
    emptyOutDir: true,
    // Inlined files would be `data:` addresses, which the policy forbids.
    assetsInlineLimit: 0,
    modulePreload: { polyfill: false }
  },
  define: {
    "import.meta.env.VITE_SPOTIFY_CLIENT_ID": JSON.stringify(settings.clientId),
    "import.meta.env.VITE_SPOTIFY_ACCOUNTS_URL": JSON.stringify(settings.accountsUrl),
    "import.meta.env.VITE_SPOTIFY_API_URL": JSON.stringify(settings.apiUrl)
  },
  // 127.0.0.1 and not localhost, which Spotify does not accept in a redirect URI.
  preview: { host: "127.0.0.1", port: 8900, headers: headersOf(settings) }
})
