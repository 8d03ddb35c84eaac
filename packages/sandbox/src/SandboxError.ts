/**
 * Why a sandbox could not start, or could not play the person.
 */
import * as Schema from "effect/Schema"

/**
 * Another program listens on the port.
 *
 * @category errors
 * @since 0.1.0
 */
export class PortInUse extends Schema.TaggedError<PortInUse>()("PortInUse", {
  host: Schema.String,
  port: Schema.Int
}) {
  override get message(): string {
    return `Port ${this.port} on ${this.host} is taken by another program: stop that program, or choose another port`
  }
}

/**
 * The address cannot be listened on for another reason, such as a port that needs more rights.
 *
 * @category errors
 * @since 0.1.0
 */
export class ListenFailed extends Schema.TaggedError<ListenFailed>()("ListenFailed", {
  host: Schema.String,
  port: Schema.Int,
  cause: Schema.Defect()
}) {
  override get message(): string {
    return `Cannot listen on ${this.host}:${this.port}: choose another port or host`
  }
}

/**
 * The sandbox did not answer: a fault is set on `GET /authorize`, or the sandbox is closed.
 *
 * @category errors
 * @since 0.1.0
 */
export class Unreachable extends Schema.TaggedError<Unreachable>()("Unreachable", {
  cause: Schema.Defect()
}) {
  override get message(): string {
    return "The sandbox's Accounts service did not answer GET /authorize: is a fault set on it, or the sandbox closed?"
  }
}

/**
 * The URL is not one of this sandbox's `/authorize`.
 *
 * @category errors
 * @since 0.1.0
 */
export class NotThisSandbox extends Schema.TaggedError<NotThisSandbox>()("NotThisSandbox", {
  accountsUrl: Schema.String
}) {
  override get message(): string {
    return `Not an authorization URL of this sandbox: it must start with ${this.accountsUrl}/authorize`
  }
}

/**
 * `/authorize` answered with a page instead of a redirect: the client id or the redirect URI is wrong.
 *
 * @category errors
 * @since 0.1.0
 */
export class AuthorizationRefused extends Schema.TaggedError<AuthorizationRefused>()("AuthorizationRefused", {
  status: Schema.Int,
  page: Schema.String
}) {
  override get message(): string {
    return `GET /authorize answered ${this.status} and no redirect: ${this.page}`
  }
}

/**
 * Everything that can go wrong with a sandbox itself; `reason` says which.
 *
 * @category errors
 * @since 0.1.0
 */
export class SandboxError extends Schema.TaggedError<SandboxError>()("SandboxError", {
  reason: Schema.Union([PortInUse, ListenFailed, Unreachable, NotThisSandbox, AuthorizationRefused])
}) {
  override get message(): string {
    return this.reason.message
  }
}
