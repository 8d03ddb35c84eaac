/**
 * How evenly refreshes are spread after a mass sign-in, in compressed time: tokens of 30 seconds stand for tokens of an
 * hour, and half a second for a minute.
 */
import * as Clock from "effect/Clock"
import * as Effect from "effect/Effect"
import type * as Capacity from "./Capacity.ts"
import * as Database from "./Database.ts"
import type * as ProcessSettings from "./ProcessSettings.ts"
import * as Provider from "./Provider.ts"
import type * as Report from "./Report.ts"
import * as SignIns from "./SignIns.ts"
import * as Workers from "./Workers.ts"

/** The number of requests so far, at a time in milliseconds. */
export interface Sample {
  readonly at: number
  readonly requests: number
}

/** Counts the requests of each slot between the first sample and the last, of those slots that are complete. */
export const perSlot = (samples: ReadonlyArray<Sample>, millis: number): ReadonlyArray<number> => {
  const first = samples[0]?.at ?? 0
  const slotOf = ({ at }: Sample) => Math.floor((at - first) / millis)
  const counts = Array.from({ length: slotOf(samples.at(-1) ?? { at: first, requests: 0 }) }, () => 0)
  for (const [index, sample] of samples.entries()) {
    const slot = slotOf(sample)
    if (slot < counts.length) {
      counts[slot] = (counts[slot] ?? 0) + sample.requests - (samples[index - 1]?.requests ?? sample.requests)
    }
  }
  return counts
}

/** The busiest slot, of the mean. */
export const unevenness = (counts: ReadonlyArray<number>): number =>
  Math.max(...counts) / (counts.reduce((sum, one) => sum + one, 0) / counts.length)

const accessTokenSeconds = 30

/** A sixtieth of a lifetime, as a minute is of an hour. */
const slotMillis = accessTokenSeconds * 1000 / 60

export const spread: Capacity.Exercise = {
  name: "spread",
  run: Effect.fnUntraced(function*({ bundle, isQuick }: Capacity.Options) {
    const accounts = isQuick ? 600 : 3000
    const lives = isQuick ? 2 : 5
    const database = yield* Database.make({ isDurable: true })
    const provider = yield* Provider.make(bundle("provider"), {
      accounts,
      accessTokenSeconds,
      graceSeconds: 10,
      latencyMillis: 0
    })
    const user: ProcessSettings.User = {
      databaseUrl: database.url,
      accountsUrl: provider.accountsUrl,
      apiUrl: provider.apiUrl,
      accounts,
      leaseSeconds: 5,
      graceSeconds: 10,
      refreshes: 32,
      refreshRate: 200,
      tellsClaims: false,
      readsPerSecond: 1
    }
    yield* SignIns.make(provider, user)
    yield* Workers.make({ file: bundle("worker"), settings: user }, 3)
    const beganAt = yield* Clock.currentTimeMillis
    const samples: Array<Sample> = []
    const sample = Effect.gen(function*() {
      const { requests } = yield* provider.counts
      const at = yield* Clock.currentTimeMillis
      samples.push({ at, requests })
      return at
    })
    yield* Effect.repeat(Effect.delay(sample, "100 millis"), {
      until: (at) => at >= beganAt + lives * accessTokenSeconds * 1000
    })
    const counts = perSlot(samples, slotMillis)
    const perLife = Array.from({ length: lives }, (_, life) => counts.slice(life * 60, (life + 1) * 60))
    const last = perLife.at(-1) ?? []
    const mean = counts.slice(-60).reduce((sum, one) => sum + one, 0) / accessTokenSeconds
    return {
      name: "spread",
      title: `${accounts} accounts that signed in within seconds, tokens of ${accessTokenSeconds} s, three processes`,
      checks: isQuick ? [] : [{
        name: "busiest sixtieth of the last lifetime, of its mean",
        expected: "at most 2 times",
        seen: `${unevenness(last).toFixed(2)} times`,
        isMet: unevenness(last) <= 2
      }],
      figures: [
        {
          name: "busiest sixtieth of each lifetime, of its mean",
          value: perLife.map((counts) => `${unevenness(counts).toFixed(2)} times`).join(", ")
        },
        {
          name: "refreshes in the last lifetime",
          value: `${mean.toFixed(1)}/s, ${
            (mean * accessTokenSeconds / accounts).toFixed(2)
          } for each account and lifetime`
        }
      ]
    } satisfies Report.Report
  })
}
