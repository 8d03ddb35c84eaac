/**
 * The settings in force, which can change while the sandbox runs.
 */
import * as Context from "effect/Context"
import * as Effect from "effect/Effect"
import * as Layer from "effect/Layer"
import * as Ref from "effect/Ref"
import { defaults, type Settings } from "../Settings.ts"

// =============================================================================
// Service
// =============================================================================

/** The settings in force. */
export class CurrentSettings extends Context.Service<CurrentSettings, {
  readonly get: Effect.Effect<Settings>
  /** Changes some settings; ports, host, allowed hosts and libraries stay, which are in use since the start. */
  readonly change: (changes: Partial<Settings>) => Effect.Effect<void>
}>()("@app/sandbox/CurrentSettings") {}

// =============================================================================
// Layers
// =============================================================================

/** Layer that starts with the settings given and the defaults for the others. */
export const layer = (given: Partial<Settings>): Layer.Layer<CurrentSettings> =>
  Layer.effect(
    CurrentSettings,
    Effect.map(Ref.make<Settings>({ ...defaults, ...given }), (settings) => ({
      get: Ref.get(settings),
      change: (changes) =>
        Ref.update(settings, (current) => ({
          ...current,
          ...changes,
          libraries: current.libraries,
          accountsPort: current.accountsPort,
          apiPort: current.apiPort,
          host: current.host,
          allowedHosts: current.allowedHosts
        }))
    }))
  )
