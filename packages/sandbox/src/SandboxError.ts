/**
 * The one error of `@app/sandbox`, with a reason for each thing that can go wrong with the sandbox itself.
 *
 * **Details**
 *
 * Responses with an error status are no `SandboxError`: they reach the app under test as at Spotify.
 */
import * as Schema from "effect/Schema"

// =============================================================================
// Reasons
// =============================================================================

/**
 * The port is taken by another program.
 *
 * @category errors
 * @since 0.1.0
 */
export class PortInUse extends Schema.TaggedError<PortInUse>("@app/sandbox/SandboxError/PortInUse")("PortInUse", {
  host: Schema.String,
  port: Schema.Int
}) {
  override get message(): string {
    return `Port ${this.port} on ${this.host} is taken by another program: stop that program, or choose another port`
  }
}

/**
 * The host and port cannot be listened on for another reason, such as a port that needs more rights.
 *
 * @category errors
 * @since 0.1.0
 */
export class ListenFailed extends Schema.TaggedError<ListenFailed>("@app/sandbox/SandboxError/ListenFailed")(
  "ListenFailed",
  {
    host: Schema.String,
    port: Schema.Int,
    cause: Schema.Defect()
  }
) {
  override get message(): string {
    return `Cannot listen on ${this.host}:${this.port}: choose another port or host`
  }
}

/**
 * The sandbox sent no response to `GET /authorize`: a fault is set on that route, or the sandbox is closed.
 *
 * @category errors
 * @since 0.1.0
 */
export class Unreachable extends Schema.TaggedError<Unreachable>("@app/sandbox/SandboxError/Unreachable")(
  "Unreachable",
  { cause: Schema.Defect() }
) {
  override get message(): string {
    return "The sandbox's Accounts service did not answer GET /authorize: is a fault set on it, or the sandbox closed?"
  }
}

/**
 * The URL given to `approve` or `deny` is not one of this sandbox's `/authorize`.
 *
 * @category errors
 * @since 0.1.0
 */
export class NotThisSandbox extends Schema.TaggedError<NotThisSandbox>("@app/sandbox/SandboxError/NotThisSandbox")(
  "NotThisSandbox",
  { accountsUrl: Schema.String }
) {
  override get message(): string {
    return `Not an authorization URL of this sandbox: it must start with ${this.accountsUrl}/authorize`
  }
}

/**
 * The response of `/authorize` was a page and no redirect: the client id or the redirect URI is wrong.
 *
 * @category errors
 * @since 0.1.0
 */
export class AuthorizationRefused extends Schema.TaggedError<AuthorizationRefused>(
  "@app/sandbox/SandboxError/AuthorizationRefused"
)("AuthorizationRefused", {
  status: Schema.Int,
  /** The heading of the page, which says what is wrong. */
  page: Schema.String
}) {
  override get message(): string {
    return `GET /authorize answered ${this.status} and no redirect: ${this.page}`
  }
}

/**
 * No person with this id is among the settings' `people`.
 *
 * @category errors
 * @since 0.1.0
 */
export class NoSuchPerson extends Schema.TaggedError<NoSuchPerson>("@app/sandbox/SandboxError/NoSuchPerson")(
  "NoSuchPerson",
  {
    person: Schema.String,
    /** Ids of the people there are. */
    people: Schema.Array(Schema.String)
  }
) {
  override get message(): string {
    return `Nobody here has the id ${this.person}; there is ${this.people.join(", ")}`
  }
}

/**
 * An item for a library is neither a URI that a library can hold nor in the sandbox's catalogue.
 *
 * @category errors
 * @since 0.1.0
 */
export class NotInCatalogue extends Schema.TaggedError<NotInCatalogue>("@app/sandbox/SandboxError/NotInCatalogue")(
  "NotInCatalogue",
  { item: Schema.String }
) {
  override get message(): string {
    return `The sandbox has no ${this.item}: Catalogue, or GET /sandbox/catalogue, lists what it has`
  }
}

// =============================================================================
// Error
// =============================================================================

/**
 * Every failure of `@app/sandbox`, told apart by `reason`.
 *
 * @category errors
 * @since 0.1.0
 */
export class SandboxError extends Schema.TaggedError<SandboxError>("@app/sandbox/SandboxError")("SandboxError", {
  reason: Schema.Union([
    PortInUse,
    ListenFailed,
    Unreachable,
    NotThisSandbox,
    AuthorizationRefused,
    NoSuchPerson,
    NotInCatalogue
  ])
}) {
  override get message(): string {
    return this.reason.message
  }
}
