/** Which of the scopes that a program cannot do without a token is known to lack. */

/** What OpenID Connect asks for by way of scopes is no permission: servers do not repeat it (Core §3.1.2.1, §11). */
const protocol: ReadonlySet<string> = new Set(["openid", "offline_access"])

/** Some servers answer in another case, or with the name below an address of theirs. */
const names = (granted: string, scope: string): boolean =>
  granted === scope || (granted.includes("://") && granted.endsWith(`/${scope}`))

/**
 * A server that does not say what it granted has granted what was asked for (RFC 6749 §5.1), and one that has names of its
 * own for scopes cannot be held to others.
 */
export const missing = (options: {
  readonly required: ReadonlyArray<string>
  readonly granted: ReadonlyArray<string>
  /** Whether the server names scopes as they are asked for. */
  readonly areVerbatim: boolean
}): ReadonlyArray<string> => {
  if (!options.areVerbatim || options.granted.length === 0) return []
  const granted = options.granted.map((scope) => scope.toLowerCase())
  return options.required.filter((scope) =>
    !protocol.has(scope) && !granted.some((other) => names(other, scope.toLowerCase()))
  )
}
