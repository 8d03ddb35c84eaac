/**
 * The program's own registration with an authorization server (RFC 6749 §2).
 */
import type * as Redacted from "effect/Redacted"

/**
 * A registered client. With a `clientSecret` it is confidential and authenticates with HTTP Basic
 * (`client_secret_basic`); without one it is public and only names itself, as PKCE expects.
 *
 * @see https://www.rfc-editor.org/rfc/rfc6749#section-2.3
 * @category models
 * @since 0.1.0
 */
export interface Client {
  /** Printable ASCII (RFC 6749 appendix A.1). Not a secret: it is part of every authorization URL. */
  readonly clientId: string
  /** Printable ASCII (RFC 6749 appendix A.2). An empty one counts as none. */
  readonly clientSecret?: Redacted.Redacted<string> | undefined
}
