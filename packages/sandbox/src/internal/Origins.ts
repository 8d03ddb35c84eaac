/**
 * The origins of the two listeners, for texts that lead a person from one to the other.
 */
import * as Context from "effect/Context"
import * as Effect from "effect/Effect"
import * as Layer from "effect/Layer"
import * as Ref from "effect/Ref"

// =============================================================================
// Service
// =============================================================================

/** The origins of the two listeners. */
export class Origins extends Context.Service<Origins, {
  /** Records the ports, once both listeners are open. */
  readonly announce: (ports: { readonly accounts: string; readonly api: string }) => Effect.Effect<void>
  /** Returns the origins under the host name by which a request has reached one of them. */
  readonly under: (hostname: string) => Effect.Effect<{ readonly accounts: string; readonly api: string }>
}>()("@app/sandbox/Origins") {}

// =============================================================================
// Layers
// =============================================================================

/** Layer that knows no port yet. */
export const layer: Layer.Layer<Origins> = Layer.effect(
  Origins,
  Effect.map(Ref.make({ accounts: "", api: "" }), (ports) => ({
    announce: (opened) => Ref.set(ports, opened),
    under: (hostname) =>
      Effect.map(Ref.get(ports), ({ accounts, api }) => ({
        accounts: `http://${hostname}:${accounts}`,
        api: `http://${hostname}:${api}`
      }))
  }))
)
