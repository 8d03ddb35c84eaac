/**
 * The settings in force, which can change while the sandbox runs.
 */
import * as Context from "effect/Context"
import * as Effect from "effect/Effect"
import * as Layer from "effect/Layer"
import * as Ref from "effect/Ref"
import type { Person } from "../People.ts"
import { NoSuchPerson, SandboxError } from "../SandboxError.ts"
import { defaults, type Settings } from "../Settings.ts"

// =============================================================================
// Service
// =============================================================================

/** The settings in force. */
export class CurrentSettings extends Context.Service<CurrentSettings, {
  readonly get: Effect.Effect<Settings>
  /** Finds a person by id; the first without one. */
  readonly findPerson: (id: string | undefined) => Effect.Effect<Person, SandboxError>
  /** Changes some settings; those that are in use since the start stay: ports, host, allowed hosts, libraries and capacity. */
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
      findPerson: (person) =>
        Effect.flatMap(Ref.get(settings), ({ people }) => {
          const found = person === undefined ? people[0] : people.find(({ id }) => id === person)
          if (found !== undefined) return Effect.succeed(found)
          const reason = new NoSuchPerson({ person: person ?? "", people: people.map(({ id }) => id) })
          return Effect.fail(new SandboxError({ reason }))
        }),
      change: (changes) =>
        Ref.update(settings, (current) => ({
          ...current,
          ...changes,
          libraries: current.libraries,
          tokenCapacity: current.tokenCapacity,
          accountsPort: current.accountsPort,
          apiPort: current.apiPort,
          host: current.host,
          allowedHosts: current.allowedHosts
        }))
    }))
  )
