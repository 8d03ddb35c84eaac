/**
 * Which requests are answered at all. A listener on loopback is within reach of every web page open on this machine, so
 * what a page may not do is decided here, by the head of the request alone, before anything is read or logged.
 *
 * - Whoever asks has to name this listener: a name that DNS has been made to point here (rebinding) is refused with 421
 *   (RFC 9110 §7.4), a `Host` that is none with 400 (RFC 9112 §3.2).
 * - The control surface answers programs of this machine alone, never a page: pages tell themselves apart by `Origin`
 *   and `Sec-Fetch-Site`, which browsers set and pages cannot change.
 * - A body has at most {@link maxBodySize} bytes: 413.
 *
 * @see https://fetch.spec.whatwg.org/#origin-header
 * @see https://www.w3.org/TR/fetch-metadata/#sec-fetch-site-header
 */
import * as Data from "effect/Data"

/**
 * What is known of a request before its body is read.
 *
 * @category models
 * @since 0.1.0
 */
export interface Head {
  readonly method: string
  /** As on the request line: a path with its query, or an absolute URL (RFC 9112 §3.2). */
  readonly target: string
  /** Every `Host` field, as sent. */
  readonly hosts: ReadonlyArray<string>
  readonly origin: string | undefined
  /** `Sec-Fetch-Site`. */
  readonly site: string | undefined
  readonly contentType: string | undefined
  /** `Content-Length`, as sent. */
  readonly contentLength: string | undefined
  /** Whether a body of unknown length follows. */
  readonly chunked: boolean
  /** The address and port at which the request arrived, and the address it comes from. */
  readonly connection: {
    readonly localAddress: string
    readonly localPort: number
    readonly remoteAddress: string
  }
}

/**
 * Why a request is not answered.
 *
 * @category errors
 * @since 0.1.0
 */
export class Refusal extends Data.TaggedError("Refusal")<{
  readonly status: 400 | 403 | 413 | 415 | 421
  readonly message: string
}> {}

/**
 * Bytes in the largest body that is read: 1 MiB. Forms of Spotify's have some hundred.
 *
 * @category constants
 * @since 0.1.0
 */
export const maxBodySize = 1_048_576

/**
 * A body of more than {@link maxBodySize} bytes, announced or found to be.
 *
 * @category errors
 * @since 0.1.0
 */
export const tooLarge = new Refusal({ status: 413, message: `A request's body may have ${maxBodySize} bytes at most` })

// =============================================================================
// Names
// =============================================================================

interface Authority {
  readonly name: string
  readonly port: number
}

/** `uri-host [ ":" port ]` (RFC 9110 §7.2), in lower case, IPv6 in its shortest form; `undefined` if it is none. */
const parseAuthority = (text: string): Authority | undefined => {
  const [, host, port = "80"] = /^([a-z\d](?:[a-z\d._-]*)|\[[\da-f:.]+\])(?::(\d{1,5}))?$/i.exec(text) ?? []
  if (host === undefined || Number(port) > 65_535) return undefined
  if (!host.startsWith("[")) return { name: host.toLowerCase(), port: Number(port) }
  const url = URL.parse(`http://${host}`)
  return url === null ? undefined : { name: url.hostname, port: Number(port) }
}

/** An address of a socket as a URL writes it; one of IPv4 within IPv6 is one of IPv4. */
const asHost = (address: string): string => {
  const unmapped = address.replace(/^::ffff:(?=\d+\.)/i, "")
  return unmapped.includes(":") ? URL.parse(`http://[${unmapped.split("%")[0]}]`)?.hostname ?? unmapped : unmapped
}

/**
 * Browsers look these up nowhere, `localhost` included (RFC 6761 §6.3), so no page from elsewhere can have them as its
 * own name.
 */
const loopbackNames = new Set(["127.0.0.1", "[::1]", "localhost"])

const isLoopback = (host: string): boolean => host === "[::1]" || /^127\.\d+\.\d+\.\d+$/.test(host)

/** Whom a request is meant for, by each of its `Host` fields and by its target; `undefined` if one of them is none. */
const authoritiesOf = ({ hosts, target }: Head): ReadonlyArray<Authority> | undefined => {
  const parsed = hosts.map(parseAuthority)
  if (!target.startsWith("/")) parsed.push(parseAuthority(/^http:\/\/([^/?#]*)/i.exec(target)?.[1] ?? ""))
  const all = parsed.flatMap((authority) => authority ?? [])
  return all.length === parsed.length ? all : undefined
}

/** Whether that is the listener the request has arrived at: its address or a loopback name, with its port. */
const isOwn = ({ connection: { localAddress, localPort } }: Head, { name, port }: Authority): boolean =>
  port === localPort && (loopbackNames.has(name) || name === asHost(localAddress))

// =============================================================================
// Rules
// =============================================================================

/**
 * What is wrong with a request, whatever it asks for; `undefined` if nothing is.
 *
 * It has to name this listener: by the address it has arrived at or by a loopback name, with the listener's port, or by
 * one of `allowedHosts`, which are good with any port unless they say one.
 *
 * @category rules
 * @since 0.1.0
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
 * What is wrong with a request that no page of another origin may make, though browsers would let it: every page is
 * refused but those of this listener. `undefined` if nothing is.
 *
 * Every browser sends `Origin` with a request that is more than a look, and has `null` for pages without an origin of
 * their own; programs that are no browsers send neither header.
 *
 * @category rules
 * @since 0.1.0
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
 * What is wrong with a request to the control surface; `undefined` if nothing is. It comes from this machine, names it
 * by a loopback address or `localhost`, is no page's, and says that its body, where it has one, is JSON. The last is
 * what a page could not do without being asked about (a preflight), and nothing here answers that.
 *
 * @category rules
 * @since 0.1.0
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
