/**
 * The picture of the life of a token, drawn from what the rules of `TokenState` do.
 *
 * **Details**
 *
 * States are explored from the first one on, by each event that can happen in them; a change of phase is an arrow. Only
 * the places of phases and labels are given here: an arrow without a place is an error.
 */
import type * as Clocks from "@app/auth/Clocks"
import type { TokenStatus } from "@app/auth/TokenStatus"
import * as TokenState from "../../src/internal/lifecycle/TokenState.ts"
import { at, errors, hour, rules, tokens } from "./TokenStates.ts"

type Phase = TokenStatus["phase"]

interface Situation {
  readonly state: TokenState.TokenState
  readonly now: Clocks.Instant
}

// -----------------------------------------------------------------------------
// Arrows
// -----------------------------------------------------------------------------

/** An event that leads from one phase to another: as soon as the first begins, or only later. */
export interface Arrow {
  readonly from: Phase
  readonly to: Phase
  readonly event: string
  readonly isAtOnce: boolean
}

const phaseOf = ({ now, state }: Situation): Phase => TokenState.status(state, now, rules, undefined).phase

const later = ({ now, state }: Situation, millis: number): Situation => {
  const then = { wall: now.wall + millis, monotonic: now.monotonic + millis }
  return { state: TokenState.onLook(state, then), now: then }
}

/** Events that start a request, where the rules let them. */
const callers: Readonly<Record<string, (situation: Situation) => boolean>> = {
  "the schedule": ({ now, state }) => TokenState.nextTask(state, now, rules, false)[1]._tag === "Refresh",
  get: ({ now, state }) => isRequest(TokenState.onGet(state, now)[1]),
  refresh: ({ now, state }) => isRequest(TokenState.onRefresh(state, now)[1]),
  "a 401": ({ now, state }) =>
    state.held !== undefined
    && TokenState.onInvalidate(state, state.held.tokenSet.accessToken, now, rules)[1].andRefresh,
  "a sign-in elsewhere": ({ now, state }) =>
    TokenState.nextTask(state, now, rules, false)[1]._tag === "Look"
    || TokenState.onGet(state, now)[1]._tag === "LookOrFail"
}

const isRequest = (decision: TokenState.Decision): boolean =>
  decision._tag === "Await" || (decision._tag === "Serve" && decision.andRefresh)

const failures: Readonly<Record<string, keyof typeof errors>> = {
  "no response": "unreachable",
  "a 5xx": "serverError",
  "a 429": "rateLimited",
  "an unusable response": "malformed",
  "no access to the store": "unavailable",
  invalid_grant: "revoked",
  signOut: "signedOut",
  invalid_client: "invalidClient",
  "a rejected request": "rejected",
  "a wrong setting": "invalidSetting",
  "a damaged store": "corrupt"
}

/** Outcomes of a request. */
const outcomes = ({ now, state }: Situation): ReadonlyArray<readonly [event: string, after: TokenState.TokenState]> => {
  const issued = now.wall - at(0).wall
  const received = (scope?: string) =>
    TokenState.onTokens(
      state,
      {
        tokenSet: tokens(`BQ-${issued}`, issued, scope === undefined ? {} : { scope }),
        startedAt: now,
        now,
        random: 0
      },
      rules
    )
  const failed = (error: (typeof errors)[keyof typeof errors]) =>
    TokenState.onFailure(state, { error, now, random: 0 }, rules)[0]
  const [, missesScope] = received("none")
  return [
    ["a token", received()[0]],
    ...(missesScope._tag === "Failure" && missesScope.failure.reason._tag === "ReauthorizationRequired"
      ? [["a missing scope", failed(missesScope.failure)] as const]
      : []),
    ...Object.entries(failures).map(([event, error]) => [event, failed(errors[error])] as const)
  ]
}

/** Situations that follow from one, with the event that leads there. */
const following = (
  situation: Situation
): ReadonlyArray<{ readonly event: string; readonly isAtOnce: boolean; readonly after: Situation }> => {
  const { now, state } = situation
  if (state.isRequesting) {
    return outcomes(situation).map(([event, after]) => ({
      event,
      isAtOnce: true,
      after: { now, state: TokenState.onRequestEnd(after, now, false) }
    }))
  }
  const [, task] = TokenState.nextTask(state, now, rules, false)
  const pause = (state.failure?.pausedUntil ?? 0) - now.monotonic
  const waits = [0, task._tag === "Sleep" ? task.millis : 0, pause].filter((millis) => Number.isFinite(millis))
  const requests = waits.flatMap((millis) => {
    const due = later(situation, Math.max(millis, 0))
    return Object.entries(callers).filter(([, asks]) => asks(due)).map(([event]) => ({
      event,
      isAtOnce: millis <= 0,
      after: { now: due.now, state: TokenState.onRequest(due.state) }
    }))
  })
  return [
    ...requests,
    { event: "a clock that jumps past the token's end", isAtOnce: true, after: later(situation, 2 * hour) }
  ]
}

/** Situations that the rules do not tell apart, as far as phases go. */
const kindOf = (situation: Situation): string => {
  const { now, state } = situation
  const { reason } = state.failure?.error ?? {}
  return [phaseOf(situation), reason?._tag, TokenState.usable(state, now) !== undefined].join(" ")
}

/** All arrows, from the first state on. */
export const arrows = (): ReadonlyArray<Arrow> => {
  const start: Situation = { state: TokenState.initial, now: at(0) }
  const found = new Map<string, Arrow>()
  const seen = new Set([kindOf(start)])
  for (const queue = [start]; queue.length > 0;) {
    const situation = queue.shift() ?? start
    const from = phaseOf(situation)
    for (const { after, event, isAtOnce } of following(situation)) {
      const to = phaseOf(after)
      const name = `${from} ${to} ${event}`
      if (to !== from && found.get(name)?.isAtOnce !== true) found.set(name, { from, to, event, isAtOnce })
      if (seen.has(kindOf(after))) continue
      seen.add(kindOf(after))
      queue.push(after)
    }
  }
  return [...found.values()]
}

// -----------------------------------------------------------------------------
// Words
// -----------------------------------------------------------------------------

const phases: Readonly<
  Record<Phase, { readonly x: number; readonly y: number; readonly kind: string; readonly note: string }>
> = {
  Empty: { x: 140, y: 137, kind: "", note: "no token, no request" },
  Refreshing: { x: 460, y: 137, kind: "busy", note: "one request in flight" },
  Valid: { x: 780, y: 137, kind: "good", note: "get returns at once" },
  Retrying: { x: 140, y: 433, kind: "wait", note: "after a passing failure" },
  SignInRequired: { x: 460, y: 433, kind: "stop", note: "a person has to act" },
  Misconfigured: { x: 780, y: 433, kind: "stop", note: "a developer has to act" }
}

const enumerate = (events: ReadonlyArray<string>): string =>
  events.length < 2 ? events.join("") : `${events.slice(0, -1).join(", ")} or ${events.at(-1)}`

/** The events of one arrow: those that count at once, then those that have to wait. */
const wordsOf = (events: ReadonlyArray<Arrow>): ReadonlyArray<string> => {
  const [atOnce, due] = [true, false].map((isAtOnce) =>
    enumerate(events.filter((each) => each.isAtOnce === isAtOnce).map(({ event }) => event))
  )
  return [...(atOnce ? [atOnce] : []), ...(due ? [`when due: ${due}`] : [])]
}

const grouped = (): ReadonlyArray<readonly [name: string, words: ReadonlyArray<string>]> =>
  [...Map.groupBy(arrows(), ({ from, to }) => `${from} → ${to}`)].map(([name, events]) => [name, wordsOf(events)])

/** The picture in one paragraph, for those who do not see it. */
export const description = (): string =>
  `The phases of a token service, which begins as Empty. ${
    grouped().map(([name, words]) => `${name}: ${words.join("; ")}.`).join(" ")
  }`

// -----------------------------------------------------------------------------
// Drawing
// -----------------------------------------------------------------------------

interface Place {
  readonly path: string
  readonly x: number
  readonly y: number
  readonly anchor?: "middle" | "end"
  /** How many characters a line may have. */
  readonly width: number
}

const places: Readonly<Record<string, Place>> = {
  "Empty → Refreshing": { path: "M230 137 H368", x: 299, y: 110, anchor: "middle", width: 14 },
  "Refreshing → Valid": { path: "M550 122 H688", x: 620, y: 113, anchor: "middle", width: 20 },
  "Valid → Refreshing": { path: "M690 152 H552", x: 636, y: 171, anchor: "middle", width: 16 },
  "Valid → Empty": { path: "M780 106 C780 30 140 30 140 104", x: 460, y: 40, anchor: "middle", width: 60 },
  "Refreshing → Retrying": { path: "M382 168 L112 400", x: 250, y: 214, anchor: "end", width: 20 },
  "Retrying → Refreshing": { path: "M170 402 L408 170", x: 236, y: 360, width: 23 },
  "Refreshing → SignInRequired": { path: "M446 168 V400", x: 437, y: 282, anchor: "end", width: 16 },
  "SignInRequired → Refreshing": { path: "M474 402 V170", x: 483, y: 290, width: 16 },
  "Refreshing → Misconfigured": { path: "M538 168 L808 400", x: 676, y: 248, width: 26 },
  "Misconfigured → Refreshing": { path: "M750 402 L518 170", x: 690, y: 372, anchor: "end", width: 18 }
}

/** Breaks a text into lines of so many characters at most. */
const wrap = (text: string, width: number): ReadonlyArray<string> => {
  const lines: Array<string> = []
  for (const word of text.split(" ")) {
    const longer = `${lines.at(-1)} ${word}`
    if (lines.length > 0 && longer.length <= width) lines[lines.length - 1] = longer
    else lines.push(word)
  }
  return lines
}

const escape = (text: string) => text.replaceAll("&", "&amp;").replaceAll("<", "&lt;")

const drawArrow = ([name, words]: readonly [string, ReadonlyArray<string>]): string => {
  const place = places[name]
  if (place === undefined) throw new Error(`LifecyclePicture has no place for the arrow ${name}`)
  const { anchor, path, width, x, y } = place
  const lines = words.flatMap((each) => wrap(each, width))
  return [
    `  <path class="edge" marker-end="url(#tip)" d="${path}" />`,
    ...lines.map((line, index) =>
      `  <text class="label" x="${x}" y="${y + 17 * index}"${anchor === undefined ? "" : ` text-anchor="${anchor}"`}>${
        escape(line)
      }</text>`
    )
  ].join("\n")
}

const drawPhase = ([name, { kind, note, x, y }]: [string, (typeof phases)[Phase]]): string =>
  `  <g class="phase ${kind}"><rect x="${x - 90}" y="${y - 31}" width="180" height="62" rx="10" />`
  + `<text class="name" x="${x}" y="${y - 5}">${name}</text>`
  + `<text class="note" x="${x}" y="${y + 16}">${note}</text></g>`

const style = `
    .panel { fill: #ffffff; stroke: #d0d7de }
    .phase rect { fill: #f6f8fa; stroke: #57606a; stroke-width: 1.4 }
    .busy rect { fill: #ddf4ff; stroke: #0969da }
    .good rect { fill: #dafbe1; stroke: #1a7f37 }
    .wait rect { fill: #fff8c5; stroke: #9a6700 }
    .stop rect { fill: #ffebe9; stroke: #cf222e }
    .name { font-weight: 600; font-size: 16px; fill: #1f2328; text-anchor: middle }
    .note { fill: #424a53; text-anchor: middle }
    .label { fill: #1f2328 }
    .edge { fill: none; stroke: #57606a; stroke-width: 1.5 }
    .tip, .start { fill: #57606a }
    @media (prefers-color-scheme: dark) {
      .panel { fill: #0d1117; stroke: #30363d }
      .phase rect { fill: #161b22; stroke: #8b949e }
      .busy rect { fill: #0c2d6b; stroke: #58a6ff }
      .good rect { fill: #033a16; stroke: #3fb950 }
      .wait rect { fill: #341a00; stroke: #d29922 }
      .stop rect { fill: #490202; stroke: #f85149 }
      .name, .label { fill: #e6edf3 }
      .note { fill: #c9d1d9 }
      .edge { stroke: #8b949e }
      .tip, .start { fill: #8b949e }
    }`

/** The picture as SVG. */
export const svg = (): string =>
  `<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 920 550" role="img" aria-labelledby="title desc" font-family="system-ui, -apple-system, 'Segoe UI', 'DejaVu Sans', sans-serif" font-size="13.5">
  <title id="title">The life of a token service</title>
  <desc id="desc">${escape(description())}</desc>
  <style>${style}
  </style>
  <defs>
    <marker id="tip" viewBox="0 0 10 10" refX="9" refY="5" markerWidth="8" markerHeight="8" orient="auto"><path class="tip" d="M0 0 L10 5 L0 10 z" /></marker>
  </defs>
  <rect class="panel" x="0.5" y="0.5" width="919" height="549" rx="10" />
  <circle class="start" cx="18" cy="137" r="6" />
  <path class="edge" marker-end="url(#tip)" d="M24 137 H48" />
${grouped().map(drawArrow).join("\n")}
${Object.entries(phases).map(drawPhase).join("\n")}
  <text class="note" x="460" y="503">authorize, retryEndedSignIn and signOut lead from every phase to Refreshing.</text>
  <text class="note" x="460" y="524">In every phase the token at hand is served while it lives, unless an API has rejected it.</text>
</svg>
`
