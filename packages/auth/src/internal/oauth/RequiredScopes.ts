/** The scopes that a program requires and a token is known to lack. */

/** Scopes of OpenID Connect that are no permissions, and that servers do not repeat (Core §3.1.2.1, §11). */
const protocolScopes: ReadonlySet<string> = new Set(["openid", "offline_access"])

/** Compares scopes. Some servers return a scope in another case, or at the end of a URL of theirs. */
const isSame = (granted: string, scope: string): boolean =>
  granted === scope || (granted.includes("://") && granted.endsWith(`/${scope}`))

/**
 * Returns the required scopes that are missing.
 *
 * None are when the server did not name what it granted, which means all that was asked for (RFC 6749 §5.1), or when it has
 * names of its own for scopes.
 */
export const missing = (options: {
  readonly required: ReadonlyArray<string>
  readonly granted: ReadonlyArray<string>
  /** `AuthorizationServer.namesScopesVerbatim`. */
  readonly areVerbatim: boolean
}): ReadonlyArray<string> => {
  if (!options.areVerbatim || options.granted.length === 0) return []
  const granted = options.granted.map((scope) => scope.toLowerCase())
  return options.required.filter((scope) =>
    !protocolScopes.has(scope) && !granted.some((other) => isSame(other, scope.toLowerCase()))
  )
}
