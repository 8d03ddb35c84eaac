/** Why a transport has no answer, without anything that it quotes: its request holds the token. */
import type * as HttpClientError from "effect/http/HttpClientError"
import * as SpotifyError from "../../SpotifyError.ts"

// =============================================================================
// Reasons
// =============================================================================

/** Nothing of the failure but the system's code is kept. */
export const reasonOf = ({ reason }: HttpClientError.HttpClientError): SpotifyError.Transport => {
  switch (reason._tag) {
    case "InvalidUrlError":
    case "EncodeError":
      return new SpotifyError.Transport({ phase: "request", code: reason._tag })
    case "TransportError":
      return reasonOfCause(reason.cause)
  }
  const trouble = "cause" in reason ? systemErrorOf(reason.cause) : undefined
  return new SpotifyError.Transport({ phase: "exchange", ...(trouble !== undefined && { code: trouble.code }) })
}

/** The same for what a transport says in place of an answer. */
export const reasonOfCause = (cause: unknown): SpotifyError.Transport => {
  const trouble = systemErrorOf(cause)
  return trouble === undefined
    ? new SpotifyError.Transport({ phase: "exchange" })
    : new SpotifyError.Transport({ phase: phaseOf(trouble), code: trouble.code })
}

/** The same where the transport knows that nothing of the request has left. */
export const reasonOfUnsent = (cause: unknown): SpotifyError.Transport => {
  const code = systemErrorOf(cause)?.code
  if (code === undefined) return new SpotifyError.Transport({ phase: "connect" })
  return new SpotifyError.Transport({ phase: notSent.has(code) || isEnded.has(code) ? "request" : "connect", code })
}

/**
 * What a platform throws at a request that it does not take. It may quote the token. Anything else is a mistake of the
 * program's own `HttpClient`, which its author wants to see.
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
  /** What the system was asked for, such as `connect`. */
  readonly syscall: unknown
}

const phaseOf = ({ code, syscall }: SystemError): SpotifyError.Transport["phase"] => {
  if (notSent.has(code)) return "request"
  // Some codes tell of connections that were never opened and of those that broke later.
  return neverOpened.has(code) || syscall === "connect" || certificateTrouble.test(code) ? "connect" : "exchange"
}

/** The transport did not take the request. */
const notSent = new Set(["UND_ERR_INVALID_ARG", "ERR_INVALID_CHAR", "ERR_INVALID_HTTP_TOKEN"])

/** The transport takes no requests any more. */
const isEnded = new Set(["UND_ERR_CLOSED", "UND_ERR_DESTROYED"])

/** Failures to find a server or to open a connection. */
const neverOpened = new Set(["EAI_AGAIN", "ECONNREFUSED", "ENOTFOUND", "UND_ERR_CONNECT_TIMEOUT"])

/** A handshake that fails comes before any request. */
const certificateTrouble = /^(CERT_|ERR_TLS_CERT|DEPTH_ZERO_|SELF_SIGNED_|UNABLE_TO_)/

/** `ECONNRESET` and its kin, wherever a transport has put them. */
const systemErrorOf = (cause: unknown): SystemError | undefined => {
  if (typeof cause !== "object" || cause === null) return undefined
  if ("code" in cause && typeof cause.code === "string") {
    return { code: cause.code, syscall: "syscall" in cause ? cause.syscall : undefined }
  }
  return "cause" in cause ? systemErrorOf(cause.cause) : undefined
}
