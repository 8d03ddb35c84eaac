/**
 * What a refresh costs with a thousand accounts and with a hundred thousand, what a process holds, and whether a table of
 * a million rows is as fast as a small one.
 */
import * as Clock from "effect/Clock"
import * as Effect from "effect/Effect"
import type * as Scope from "effect/Scope"
import type * as Bundle from "./Bundle.ts"
import * as Child from "./Child.ts"
import * as Database from "./Database.ts"
import type { DrillFailed } from "./DrillFailed.ts"
import type * as Line from "./Line.ts"
import type * as ProcessSettings from "./ProcessSettings.ts"
import * as Provider from "./Provider.ts"
import type * as Report from "./Report.ts"
import * as Rows from "./Rows.ts"
import * as Statements from "./Statements.ts"

export interface Options {
  readonly bundle: (name: Bundle.Name) => string
  readonly isQuick: boolean
}

export interface Exercise {
  readonly name: string
  readonly run: (options: Options) => Effect.Effect<Report.Report, DrillFailed, Scope.Scope>
}

const round = (value: number, digits = 1): number => Math.round(value * 10 ** digits) / 10 ** digits

// =============================================================================
// Stage
// =============================================================================

export interface Setup {
  readonly accounts: number
  readonly accessTokenSeconds: number
  readonly graceSeconds: number
  readonly leaseSeconds: number
  readonly refreshRate: number
}

/** Tokens of an hour, and refreshes as fast as they go. */
const hour: Setup = {
  accounts: 1,
  accessTokenSeconds: 3600,
  graceSeconds: 30,
  leaseSeconds: 10,
  refreshRate: 100_000
}

/** A database, a provider, and what a process needs to use them. */
export const stage = Effect.fnUntraced(function*(bundle: Options["bundle"], setup: Setup = hour) {
  const database = yield* Database.make({ isDurable: true })
  const provider = yield* Provider.make(bundle("provider"), { ...setup, latencyMillis: 0 })
  const user: ProcessSettings.User = {
    ...setup,
    databaseUrl: database.url,
    accountsUrl: provider.accountsUrl,
    apiUrl: provider.apiUrl,
    refreshes: 32,
    tellsClaims: false,
    readsPerSecond: 1
  }
  return { bundle, database, provider, user }
})

export type Stage = Effect.Success<ReturnType<typeof stage>>

/** Waits until no account is due. */
const untilDrained = ({ database }: Stage) =>
  Effect.repeat(Effect.delay(Statements.backlog(database), "50 millis"), { until: ({ due }) => due === 0 })

// =============================================================================
// Cost of a refresh
// =============================================================================

interface Cost extends Statements.Work {
  readonly accounts: number
  readonly startMillis: number
  readonly perSecond: number
  readonly workerMillis: number
  readonly rss: number
}

/** Has one process refresh accounts that are all due, in a table of a size. Figures are those of one refresh. */
const costWith = Effect.fnUntraced(function*(stage: Stage, rows: Rows.Rows) {
  const { bundle, database, provider, user } = stage
  yield* Rows.fill(database, provider, user, rows)
  const beganAt = yield* Clock.currentTimeMillis
  const { ready, usage } = yield* Child.start({ file: bundle("worker"), settings: user })
  yield* ready
  const startMillis = (yield* Clock.currentTimeMillis) - beganAt
  const before = yield* usage
  yield* Statements.reset(database)
  const dueAt = yield* Clock.currentTimeMillis
  yield* Rows.makeDue(database, rows)
  yield* untilDrained(stage)
  const seconds = ((yield* Clock.currentTimeMillis) - dueAt) / 1000
  const work = yield* Statements.read(database)
  const after = yield* usage
  const each = (total: number) => total / rows.refreshTokens
  return {
    accounts: rows.count,
    startMillis,
    perSecond: rows.refreshTokens / seconds,
    statements: each(work.statements),
    millis: each(work.millis),
    walBytes: each(work.walBytes),
    fullPages: each(work.fullPages),
    workerMillis: each(after.cpuMillis - before.cpuMillis),
    rss: after.rss
  } satisfies Cost
}, Effect.scoped)

const costFigure = (cost: Cost): Report.Figure => ({
  name: `one refresh of ${cost.accounts} accounts, when ${Math.round(cost.perSecond)} are made in a second`,
  value: [
    `${round(cost.statements, 2)} statements`,
    `${round(cost.millis, 2)} ms of the database`,
    `${round(cost.workerMillis, 2)} ms of the process`,
    `${round(cost.walBytes / 1000)} kB of WAL with ${round(cost.fullPages, 2)} full pages`,
    `process ready after ${cost.startMillis} ms, then ${Math.round(cost.rss / 1e6)} MB`
  ].join(", ")
})

// =============================================================================
// An ordinary minute
// =============================================================================

/** Lets one process keep tokens of an hour fresh for some time. */
const ordinary = Effect.fnUntraced(function*(stage: Stage, count: number, seconds: number) {
  const { bundle, database, provider, user } = stage
  // Refreshed once in 3,206 s, as the policy does on average.
  const refreshTokens = Math.round(count / 3206 * seconds)
  const rows = { count, refreshTokens }
  yield* Rows.fill(database, provider, user, rows)
  const { ready, usage } = yield* Child.start({ file: bundle("worker"), settings: { ...user, refreshRate: 50 } })
  yield* ready
  const before = yield* usage
  yield* Statements.reset(database)
  yield* Rows.makeDue(database, rows, seconds)
  let lag = 0
  const looked = Effect.map(Effect.delay(Statements.backlog(database), "500 millis"), (backlog) => {
    lag = Math.max(lag, backlog.lag)
  })
  yield* Effect.timeoutOption(Effect.forever(looked), seconds * 1000)
  yield* untilDrained(stage)
  const work = yield* Statements.read(database)
  const after = yield* usage
  const each = (total: number) => total / refreshTokens
  return {
    perSecond: refreshTokens / seconds,
    lag,
    statements: each(work.statements),
    walBytes: each(work.walBytes),
    fullPages: each(work.fullPages),
    databaseShare: work.millis / seconds / 10,
    workerShare: (after.cpuMillis - before.cpuMillis) / seconds / 10,
    rss: after.rss
  }
}, Effect.scoped)

// =============================================================================
// Cache
// =============================================================================

/** Has a process ask for every token, and again. */
const cached = Effect.fnUntraced(function*({ bundle, user }: Stage, count: number) {
  const lines: Array<Line.Line> = []
  const { ready } = yield* Child.start({
    file: bundle("cache"),
    settings: { ...user, accounts: count, refreshes: 0 },
    onLine: (line) => void lines.push(line)
  })
  yield* ready
  const [empty, full] = lines.filter((line) => line._tag === "Usage")
  const [first, second] = lines.filter((line) => line._tag === "Cached")
  return {
    bytes: ((full?.heap ?? Infinity) - (empty?.heap ?? 0)) / count,
    fromTable: count / (first?.millis ?? Infinity) * 1000,
    fromMemory: count / (second?.millis ?? Infinity) * 1000
  }
}, Effect.scoped)

// =============================================================================
// Report
// =============================================================================

export const capacity: Exercise = {
  name: "capacity",
  run: Effect.fnUntraced(function*({ bundle, isQuick }: Options) {
    const made = yield* stage(bundle)
    const refreshTokens = isQuick ? 300 : 1000
    const sizes = isQuick ? [1000, 10_000] : [1000, 10_000, 100_000]
    const costs = yield* Effect.forEach(sizes, (count) => costWith(made, { count, refreshTokens }))
    const most = sizes.at(-1) ?? 0
    const held = yield* cached(made, most)
    const minute = yield* ordinary(made, most, isQuick ? 10 : 45)
    const [first, last] = [costs[0], costs.at(-1)]
    const growth = (of: (cost: Cost) => number) => first && last ? of(last) / of(first) : Infinity
    const flat = (name: string, of: (cost: Cost) => number, limit: number): Report.Report["checks"][number] => ({
      name: `${name} with ${most} accounts, of those with ${sizes[0]}`,
      expected: `at most ${limit} times`,
      seen: `${round(growth(of), 2)} times`,
      isMet: growth(of) <= limit
    })
    return {
      name: "capacity",
      title: `tokens of an hour, one process, ${most} accounts`,
      checks: [
        flat("statements per refresh", ({ statements }) => statements, 1.25),
        flat("time of the process per refresh", ({ workerMillis }) => workerMillis, 1.5),
        flat("time of the database per refresh", ({ millis }) => millis, 2),
        flat("memory of the process", ({ rss }) => rss, 1.25)
      ],
      figures: [
        ...costs.map(costFigure),
        {
          name: `an ordinary minute of ${most} accounts, ${round(minute.perSecond)} refreshes/s`,
          value: [
            `${round(minute.statements, 2)} statements per refresh, idle looks included`,
            `${round(minute.databaseShare, 2)} % of a core for statements in the database`,
            `${round(minute.workerShare)} % of a core for the process`,
            `${round(minute.walBytes / 1000)} kB of WAL per refresh with ${round(minute.fullPages, 2)} full pages`,
            `latest refresh ${round(minute.lag, 2)} s after it was due`,
            `${Math.round(minute.rss / 1e6)} MB`
          ].join(", ")
        },
        {
          name: `a process that has asked for ${most} accounts`,
          value: `${Math.round(held.bytes)} bytes of heap each, ${Math.round(held.fromTable)} reads/s from the table, `
            + `${Math.round(held.fromMemory)} reads/s from memory`
        }
      ]
    }
  })
}
