/**
 * The rules by which the listeners accept requests.
 *
 * **Details**
 *
 * Every web page open on a machine can send requests to a listener on loopback. The rules decide by the head of a request
 * alone, before its body is read or the request is logged:
 *
 * - `Host` must name the listener. Another name, such as one that DNS resolves to this machine (rebinding), is refused with
 *   421 (RFC 9110 §7.4), an invalid `Host` with 400 (RFC 9112 §3.2).
 * - The control API serves programs of this machine alone, never a web page. Pages are told apart by `Origin` and
 *   `Sec-Fetch-Site`, which browsers set and pages cannot change.
 * - A body of more than {@link maxBodySize} bytes is refused with 413.
 *
 * @see https://fetch.spec.whatwg.org/#origin-header
 * @see https://www.w3.org/TR/fetch-metadata/#sec-fetch-site-header
 */
import * as Data from "effect/Data"

// =============================================================================
// Model
// =============================================================================

/** The parts of a request that are known before its body is read. */
export interface Head {
  readonly method: string
  /** Request target: a path with its query, or an absolute URL (RFC 9112 §3.2). */
  readonly target: string
  /** Values of all `Host` fields, as sent. */
  readonly hosts: ReadonlyArray<string>
  readonly origin: string | undefined
  /** Value of `Sec-Fetch-Site`. */
  readonly site: string | undefined
  readonly contentType: string | undefined
  /** Value of `Content-Length`, as sent. */
  readonly contentLength: string | undefined
  /** True for a chunked body, whose length is not known in advance. */
  readonly chunked: boolean
  /** Address and port at which the request arrived, and the address it comes from. */
  readonly connection: {
    readonly localAddress: string
    readonly localPort: number
    readonly remoteAddress: string
  }
}

/** A request that is refused, with the status and the message of the response. */
export class Refusal extends Data.TaggedError("Refusal")<{
  readonly status: 400 | 403 | 413 | 415 | 421
  readonly message: string
}> {}

/**
 * Maximum size of a body in bytes: 1 MiB.
 *
 * **Details**
 *
 * The forms of Spotify have some hundred bytes.
 */
export const maxBodySize = 1_048_576

/** The refusal of a body of more than {@link maxBodySize} bytes. */
export const tooLarge = new Refusal({ status: 413, message: `A request's body may have ${maxBodySize} bytes at most` })

// =============================================================================
// Names
// =============================================================================

interface Authority {
  readonly name: string
  readonly port: number
}

/** Parses `uri-host [ ":" port ]` (RFC 9110 §7.2) into lower case, with IPv6 in its shortest form. */
const parseAuthority = (text: string): Authority | undefined => {
  const [, host, port = "80"] = /^([a-z\d](?:[a-z\d._-]*)|\[[\da-f:.]+\])(?::(\d{1,5}))?$/i.exec(text) ?? []
  if (host === undefined || Number(port) > 65_535) return undefined
  if (!host.startsWith("[")) return { name: host.toLowerCase(), port: Number(port) }
  const url = URL.parse(`http://${host}`)
  return url === null ? undefined : { name: url.hostname, port: Number(port) }
}

/** Writes the address of a socket as a URL does, and an IPv4-mapped IPv6 address as IPv4. */
const asHost = (address: string): string => {
  const unmapped = address.replace(/^::ffff:(?=\d+\.)/i, "")
  return unmapped.includes(":") ? URL.parse(`http://[${unmapped.split("%")[0]}]`)?.hostname ?? unmapped : unmapped
}

// Browsers look up none of these, `localhost` included (RFC 6761 §6.3), so no page can have them as its own name.
const loopbackNames = new Set(["127.0.0.1", "[::1]", "localhost"])

const isLoopback = (host: string): boolean => host === "[::1]" || /^127\.\d+\.\d+\.\d+$/.test(host)

/** Lists the authorities that `Host` and the target name; `undefined` if one of them is invalid. */
const authoritiesOf = ({ hosts, target }: Head): ReadonlyArray<Authority> | undefined => {
  const parsed = hosts.map(parseAuthority)
  if (!target.startsWith("/")) parsed.push(parseAuthority(/^http:\/\/([^/?#]*)/i.exec(target)?.[1] ?? ""))
  const all = parsed.flatMap((authority) => authority ?? [])
  return all.length === parsed.length ? all : undefined
}

/** Reports whether an authority is the listener at which the request arrived. */
const isOwn = ({ connection: { localAddress, localPort } }: Head, { name, port }: Authority): boolean =>
  port === localPort && (loopbackNames.has(name) || name === asHost(localAddress))

// =============================================================================
// Rules
// =============================================================================

/**
 * Checks any request; `undefined` if it is accepted.
 *
 * **Details**
 *
 * `Host` must be the address at which the request arrived or a loopback name, with the listener's port, or one of
 * `allowedHosts`. An allowed host without a port is accepted with any port.
 */
export const refusal = (head: Head, allowedHosts: ReadonlyArray<string>): Refusal | undefined => {
  const { connection: { localAddress, localPort }, contentLength, hosts } = head
  const authorities = authoritiesOf(head)
  if (hosts.length !== 1 || authorities === undefined) {
    return new Refusal({ status: 400, message: "A request needs one Host field, such as 127.0.0.1:8888" })
  }
  const allowed = new Set(allowedHosts.map((host) => host.toLowerCase()))
  const foreign = authorities.find((authority) => {
    const { name, port } = authority
    return !isOwn(head, authority) && !allowed.has(name) && !allowed.has(`${name}:${port}`)
  })
  if (foreign !== undefined) {
    return new Refusal({
      status: 421,
      message: `This is not ${foreign.name}:${foreign.port} but a sandbox at ${asHost(localAddress)}:${localPort}. `
        + "A sandbox that is to answer to another name has to be told so: setting allowedHosts"
    })
  }
  return Number(contentLength ?? 0) > maxBodySize ? tooLarge : undefined
}

/**
 * Checks a request that no page of another origin may send; `undefined` if it is accepted.
 *
 * **Details**
 *
 * Browsers send `Origin` with every request that can change something, and `null` for a page with an opaque origin.
 * Programs other than browsers send neither `Origin` nor `Sec-Fetch-Site`.
 */
export const pageRefusal = (head: Head): Refusal | undefined => {
  const { origin, site } = head
  const authority = origin === undefined ? undefined : parseAuthority(/^http:\/\/(.*)$/.exec(origin)?.[1] ?? "")
  return (site === undefined || site === "same-origin" || site === "none") &&
      (origin === undefined || (authority !== undefined && isOwn(head, authority)))
    ? undefined
    : new Refusal({ status: 403, message: "Pages of other origins may not do this" })
}

/**
 * Checks a request to the control API; `undefined` if it is accepted.
 *
 * **Details**
 *
 * The request must come from this machine, have a loopback address or `localhost` as its `Host`, come from no web page,
 * and declare its body, where it has one, as JSON. A page could send JSON only after a preflight, which the sandbox
 * refuses.
 */
export const controlRefusal = (head: Head): Refusal | undefined => {
  const { chunked, connection: { localPort, remoteAddress }, contentLength, contentType, method } = head
  const loopback =
    authoritiesOf(head)?.every(({ name, port }) =>
      port === localPort && (loopbackNames.has(name) || isLoopback(name))
    ) ?? false
  if (!loopback || !isLoopback(asHost(remoteAddress))) {
    return new Refusal({
      status: 403,
      message: `/sandbox/… is for programs of this machine: ask for http://127.0.0.1:${localPort}`
    })
  }
  const page = pageRefusal(head)
  if (page !== undefined) return page
  const hasBody = chunked || Number(contentLength ?? 0) > 0
  const isJson = /^application\/json\s*(;|$)/i.test(contentType ?? "")
  return method !== "GET" && (hasBody || contentType !== undefined) && !isJson
    ? new Refusal({ status: 415, message: "A body here is JSON, and has to say so: content-type: application/json" })
    : undefined
}
