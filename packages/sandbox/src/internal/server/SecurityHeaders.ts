/**
 * Headers that keep what the sandbox sends from acting in a browser. Cookies know no ports, so a script on
 * `http://127.0.0.1:8888` would read those of every other program on this machine.
 *
 * @see https://www.w3.org/TR/CSP3/
 * @see https://html.spec.whatwg.org/multipage/iframe-embed-object.html#attr-iframe-sandbox
 */
import * as HttpServerResponse from "effect/http/HttpServerResponse"

const never = "default-src 'none'; style-src 'unsafe-inline'; base-uri 'none'; frame-ancestors 'none'"

/** No script, no form, nothing loaded, no frame around it, and an origin of its own. */
const inert = `${never}; form-action 'none'; sandbox`

/**
 * The policy of the consent page, the one page that has something to send: its form goes to its own origin, which
 * redirects to the app. Scripts stay forbidden.
 *
 * @category constants
 * @since 0.1.0
 */
export const consentPolicy = `${never}; sandbox allow-forms allow-same-origin allow-top-navigation-to-custom-protocols`

/**
 * The answer with these headers, whatever it is: a fault's page is as inert as any other.
 *
 * @category answers
 * @since 0.1.0
 */
export const harden = (answer: HttpServerResponse.HttpServerResponse): HttpServerResponse.HttpServerResponse =>
  HttpServerResponse.setHeaders(answer, {
    "content-security-policy": answer.headers["content-security-policy"] === consentPolicy ? consentPolicy : inert,
    "x-content-type-options": "nosniff",
    "x-frame-options": "DENY",
    // The form of the consent page is to say where it comes from, and nobody else is to be told its URL.
    "referrer-policy": "same-origin"
  })

/**
 * The answer as one that nobody keeps, unless it says otherwise itself.
 *
 * @category answers
 * @since 0.1.0
 */
export const unstored = (answer: HttpServerResponse.HttpServerResponse): HttpServerResponse.HttpServerResponse =>
  answer.headers["cache-control"] === undefined
    ? HttpServerResponse.setHeader(answer, "cache-control", "no-store")
    : answer
