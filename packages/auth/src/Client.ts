/**
 * The registration of a program with an authorization server (RFC 6749 §2).
 */
import type * as Redacted from "effect/Redacted"

/**
 * A registered client.
 *
 * **Details**
 *
 * With a `clientSecret` the client is confidential and authenticates as `AuthorizationServer.clientAuthentication` says.
 * Without one it is public and sends its id alone, as PKCE expects.
 *
 * @see https://www.rfc-editor.org/rfc/rfc6749#section-2.3
 * @category models
 * @since 0.1.0
 */
export interface Client {
  /** The client id, in printable ASCII (RFC 6749 appendix A.1). Not a secret: it is part of every authorization URL. */
  readonly clientId: string
  /** The client secret, in printable ASCII (RFC 6749 appendix A.2). An empty one counts as none. */
  readonly clientSecret?: Redacted.Redacted<string> | undefined
}
