/**
 * The settings in force, which may change while the sandbox runs.
 */
import * as Context from "effect/Context"
import * as Effect from "effect/Effect"
import * as Layer from "effect/Layer"
import * as Ref from "effect/Ref"
import { defaults } from "../Settings.ts"
import type { Settings } from "../Settings.ts"

/**
 * The settings in force.
 *
 * @category services
 * @since 0.1.0
 */
export class CurrentSettings extends Context.Service<CurrentSettings, {
  readonly get: Effect.Effect<Settings>
  /** Changes some settings. Ports, host and allowed hosts stay: the listeners are open already. */
  readonly change: (changes: Partial<Settings>) => Effect.Effect<void>
}>()("@app/sandbox/CurrentSettings") {
  /** Settings as given, the defaults for the rest. */
  static readonly layer = (given: Partial<Settings>): Layer.Layer<CurrentSettings> =>
    Layer.effect(
      CurrentSettings,
      Effect.map(Ref.make<Settings>({ ...defaults, ...given }), (settings) => ({
        get: Ref.get(settings),
        change: (changes) =>
          Ref.update(settings, (current) => ({
            ...current,
            ...changes,
            accountsPort: current.accountsPort,
            apiPort: current.apiPort,
            host: current.host,
            allowedHosts: current.allowedHosts
          }))
      }))
    )
}
