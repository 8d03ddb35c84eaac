/**
 * Carries a callback from the window that it came to, to the page that opened that window.
 *
 * **Details**
 *
 * The window posts to all pages of its origin, since it may be cut off from its opener, and to its opener where it has one.
 * Neither way leaves the origin. The page that the callback belongs to takes it, and says so.
 */
import * as Effect from "effect/Effect"
import * as Predicate from "effect/Predicate"
import * as Redacted from "effect/Redacted"
import * as CallbackParameters from "../../internal/oauth/CallbackParameters.ts"
import * as Channel from "./Channel.ts"

const channelName = "@app/auth/sign-in"

interface Message {
  readonly type: "@app/auth/callback" | "@app/auth/received"
  /** The whole callback, or the state of one that has been received. */
  readonly text: string
}

/** Waits for the callback with a state, and lets the window that it came to know. */
export const receive = (state: Redacted.Redacted<string>): Effect.Effect<string> =>
  Effect.callback((resume) =>
    listen("@app/auth/callback", (callback, reply) => {
      if (stateOf(callback) !== Redacted.value(state)) return
      reply({ type: "@app/auth/received", text: Redacted.value(state) })
      resume(Effect.succeed(callback))
    })
  )

/** Offers a callback to the page that opened this window, and returns whether a page has taken it. */
export const offer = (callback: string): Effect.Effect<boolean> =>
  Effect.timeoutOrElse(
    Effect.callback<boolean>((resume) => {
      const stop = listen("@app/auth/received", (state) => {
        if (state === stateOf(callback)) resume(Effect.succeed(true))
      })
      const message: Message = { type: "@app/auth/callback", text: callback }
      if (isWindow(window.opener)) window.opener.postMessage(message, location.origin)
      broadcast(message)
      return stop
    }),
    // The page may be busy, and one that is not there never answers.
    { duration: "2 seconds", orElse: () => Effect.succeed(false) }
  )

const stateOf = (callback: string): string | null => CallbackParameters.read(callback).get("state")

const isWindow = (opener: unknown): opener is Window => Predicate.hasProperty(opener, "postMessage")

const isMessage = (data: unknown, type: Message["type"]): data is Message =>
  Predicate.hasProperty(data, "type") && data.type === type
  && Predicate.hasProperty(data, "text") && Predicate.isString(data.text)

/** Hands each message of one type to `onMessage`, and returns the effect that ends it. */
const listen = (
  type: Message["type"],
  onMessage: (text: string, reply: (message: Message) => void) => void
): Effect.Effect<void> => {
  const channel = Channel.open(channelName)
  const onPosted = ({ data, origin, source }: MessageEvent<unknown>) => {
    if (origin === location.origin && isMessage(data, type)) {
      onMessage(data.text, (message) => source?.postMessage(message, { targetOrigin: origin }))
    }
  }
  window.addEventListener("message", onPosted)
  channel?.addEventListener("message", ({ data }: MessageEvent<unknown>) => {
    if (isMessage(data, type)) onMessage(data.text, (message) => channel.postMessage(message))
  })
  return Effect.sync(() => {
    window.removeEventListener("message", onPosted)
    channel?.close()
  })
}

const broadcast = (message: Message): void => {
  const channel = Channel.open(channelName)
  channel?.postMessage(message)
  channel?.close()
}
