/**
 * Reasons for which a transport has no response.
 *
 * **Details**
 *
 * Of a failure only the system's error code is kept. Everything else may quote the request, which holds the token.
 */
import type * as HttpClientError from "effect/http/HttpClientError"
import * as SpotifyError from "../../SpotifyError.ts"

// =============================================================================
// Reasons
// =============================================================================

/** Returns the reason of a client's failure. */
export const reasonOf = ({ reason }: HttpClientError.HttpClientError): SpotifyError.Transport => {
  switch (reason._tag) {
    case "InvalidUrlError":
    case "EncodeError":
      return new SpotifyError.Transport({ phase: "request", code: reason._tag })
    case "TransportError":
      return reasonOfCause(reason.cause)
  }
  const systemError = "cause" in reason ? systemErrorOf(reason.cause) : undefined
  return new SpotifyError.Transport({
    phase: "exchange",
    ...(systemError !== undefined && { code: systemError.code })
  })
}

/** Returns the reason of what a transport fails with. */
export const reasonOfCause = (cause: unknown): SpotifyError.Transport => {
  const systemError = systemErrorOf(cause)
  return systemError === undefined
    ? new SpotifyError.Transport({ phase: "exchange" })
    : new SpotifyError.Transport({ phase: phaseOf(systemError), code: systemError.code })
}

/** Returns the reason of what a transport fails with before anything of the request has left. */
export const reasonOfUnsent = (cause: unknown): SpotifyError.Transport => {
  const code = systemErrorOf(cause)?.code
  if (code === undefined) return new SpotifyError.Transport({ phase: "connect" })
  return new SpotifyError.Transport({ phase: notSent.has(code) || isEnded.has(code) ? "request" : "connect", code })
}

/**
 * Returns the reason of what a platform throws at a request that it does not accept.
 *
 * **Details**
 *
 * Such an error may quote the token. Any other defect is a mistake in the program's own `HttpClient`, whose author wants to
 * see it: it is undefined here.
 */
export const thrown = (defect: unknown): SpotifyError.Transport | undefined => {
  const code = systemErrorOf(defect)?.code ?? (defect instanceof TypeError ? defect.name : undefined)
  return code === undefined ? undefined : new SpotifyError.Transport({ phase: "request", code })
}

// =============================================================================
// Phase
// =============================================================================

interface SystemError {
  readonly code: string
  /** The system call that failed, such as `connect`. */
  readonly syscall: unknown
}

const phaseOf = ({ code, syscall }: SystemError): SpotifyError.Transport["phase"] => {
  if (notSent.has(code)) return "request"
  // Some codes stand for connections that were never opened as well as for those that broke later.
  return neverOpened.has(code) || syscall === "connect" || certificateError.test(code) ? "connect" : "exchange"
}

/** Codes of a request that the transport did not accept. */
const notSent = new Set(["UND_ERR_INVALID_ARG", "ERR_INVALID_CHAR", "ERR_INVALID_HTTP_TOKEN"])

/** Codes of a transport that is closed. */
const isEnded = new Set(["UND_ERR_CLOSED", "UND_ERR_DESTROYED"])

/** Codes of failures to find a server or to open a connection. */
const neverOpened = new Set(["EAI_AGAIN", "ECONNREFUSED", "ENOTFOUND", "UND_ERR_CONNECT_TIMEOUT"])

/** Codes of failed TLS handshakes, which come before any request. */
const certificateError = /^(CERT_|ERR_TLS_CERT|DEPTH_ZERO_|SELF_SIGNED_|UNABLE_TO_)/

/** Returns the error with a code, such as `ECONNRESET`, at any depth of causes. */
const systemErrorOf = (cause: unknown): SystemError | undefined => {
  if (typeof cause !== "object" || cause === null) return undefined
  if ("code" in cause && typeof cause.code === "string") {
    return { code: cause.code, syscall: "syscall" in cause ? cause.syscall : undefined }
  }
  return "cause" in cause ? systemErrorOf(cause.cause) : undefined
}
