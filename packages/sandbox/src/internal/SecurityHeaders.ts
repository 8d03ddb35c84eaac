/**
 * Headers that keep a response of the sandbox inactive in a browser.
 *
 * **Details**
 *
 * Cookies do not depend on the port. A script of `http://127.0.0.1:8888` could therefore read the cookies of every other
 * program on this machine.
 *
 * @see https://www.w3.org/TR/CSP3/
 * @see https://html.spec.whatwg.org/multipage/iframe-embed-object.html#attr-iframe-sandbox
 */
import * as SignInPage from "@app/auth/node/SignInPage"
import * as HttpServerResponse from "effect/http/HttpServerResponse"

const basePolicy = `default-src 'none'; style-src ${SignInPage.styleSource}; base-uri 'none'; frame-ancestors 'none'`

/** Policy that forbids scripts, forms, further requests and frames, and gives the page an origin of its own. */
const inertPolicy = `${basePolicy}; form-action 'none'; sandbox`

/**
 * Policy of the consent page, which allows its form as well.
 *
 * **Details**
 *
 * The form is sent to the page's own origin, which redirects to the app. Scripts stay forbidden.
 */
export const consentPolicy =
  `${basePolicy}; sandbox allow-forms allow-same-origin allow-top-navigation-to-custom-protocols`

/** Policy of the sandbox's own page, whose links lead to the control API, which only the same origin may request. */
export const ownPagePolicy = `${basePolicy}; form-action 'none'; sandbox allow-same-origin`

const policies = new Set([consentPolicy, ownPagePolicy])

/** Adds the headers to any response, those of faults included. */
export const withSecurityHeaders = (
  response: HttpServerResponse.HttpServerResponse
): HttpServerResponse.HttpServerResponse => {
  const policy = response.headers["content-security-policy"]
  return HttpServerResponse.setHeaders(response, {
    "content-security-policy": policy !== undefined && policies.has(policy) ? policy : inertPolicy,
    "x-content-type-options": "nosniff",
    "x-frame-options": "DENY",
    // The consent page's form has to carry its origin, and no other site may learn the page's URL.
    "referrer-policy": "same-origin"
  })
}

/** Forbids storing the response, unless it has a `Cache-Control` of its own. */
export const withNoStore = (response: HttpServerResponse.HttpServerResponse): HttpServerResponse.HttpServerResponse =>
  response.headers["cache-control"] === undefined
    ? HttpServerResponse.setHeader(response, "cache-control", "no-store")
    : response
