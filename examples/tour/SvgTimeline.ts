/**
 * A timeline as an SVG that fits a light page and a dark one.
 */
import * as Timeline from "./Timeline.ts"

const width = 920
const left = 144
const right = 24
/** The room for one row of events, to which each further one adds. */
const above = 46
const eventRow = 15
const laneHeight = 26

const style = `
    .panel { fill: #ffffff; stroke: #d0d7de } .token { fill: #dafbe1; stroke: #1a7f37 } .label { fill: #1f2328 }
    .note { fill: #57606a; font-size: 12px } .grid { stroke: #d0d7de; stroke-width: .6 } .wait { stroke: #0969da; stroke-width: 1.4 }
    .good { fill: #0969da } .bad { fill: #cf222e } .event { stroke: #cf222e; stroke-width: 1.4 }
    @media (prefers-color-scheme: dark) {
      .panel { fill: #0d1117; stroke: #30363d } .token { fill: #12261e; stroke: #3fb950 } .label { fill: #e6edf3 }
      .note { fill: #8b949e } .grid { stroke: #30363d } .wait { stroke: #58a6ff }
      .good { fill: #58a6ff } .bad { fill: #f85149 } .event { stroke: #f85149 }
    }`

const escaped = (text: string): string =>
  text.replaceAll("&", "&amp;").replaceAll("<", "&lt;").replaceAll(">", "&gt;").replaceAll("\"", "&quot;")

const rounded = (value: number): string => String(Math.round(value * 10) / 10)

/** A text that may have to go into a second line, because the one before it is too close. */
interface Label {
  readonly x: number
  readonly text: string
}

/** Puts labels into rows, so that no two of a row are closer than a distance. */
const stagger = (labels: ReadonlyArray<Label>, distance: number): ReadonlyArray<Label & { readonly row: number }> => {
  const ends: Array<number> = []
  return labels.map((label) => {
    const free = ends.findIndex((end) => label.x - end >= distance)
    const row = free === -1 ? ends.length : free
    ends[row] = label.x
    return { ...label, row }
  })
}

/** Draws a timeline with a title. The description tells it in numbers, for people who do not see it. */
export const draw = (title: string, timeline: Timeline.Timeline): string => {
  const { calls, duration, events, refusals, tokenRequests, tokens } = timeline
  const xOf = (at: number) => left + Math.min(1, Math.max(0, at / duration)) * (width - left - right)
  const x = (at: number) => rounded(xOf(at))
  const happened = stagger(events.map(({ at, label }) => ({ x: xOf(at), text: label })), 220)
  const eventRows = Math.max(1, ...happened.map(({ row }) => row + 1))
  const top = above + (eventRows - 1) * eventRow
  const parts: Array<string> = []
  let y = top

  const name = (text: string, at: number) =>
    parts.push(`<text class="label" x="${left - 12}" y="${at + 4}" text-anchor="end">${text}</text>`)

  for (const { from, number, to } of tokens) {
    name(`token ${number}`, y + 8)
    parts.push(
      `<rect class="token" x="${x(from)}" y="${y}" width="${
        rounded(Math.max(3, xOf(to) - xOf(from)))
      }" height="16" rx="4"/>`
    )
    y += laneHeight
  }

  const requests = (text: string, all: ReadonlyArray<Timeline.Request>) => {
    y += 14
    name(text, y)
    for (const { at, isGood } of all) {
      parts.push(`<circle class="${isGood ? "good" : "bad"}" cx="${x(at)}" cy="${y}" r="5"/>`)
    }
    const labels = all.filter(({ isGood }) => !isGood).map((request) => ({
      x: xOf(request.at),
      text: Timeline.outcome(request)
    }))
    const placed = stagger(labels, 34)
    for (const label of placed) {
      parts.push(
        `<text class="note" x="${rounded(label.x)}" y="${
          y + 20 + label.row * 14
        }" text-anchor="middle">${label.text}</text>`
      )
    }
    y += 18 + 14 * Math.max(0, ...placed.map(({ row }) => row + 1))
  }

  requests("token requests", tokenRequests)
  if (refusals.length > 0) requests("refused by the API", refusals)

  y += 8
  name("calls", y)
  for (const { from, reason, to } of calls) {
    if (to - from > duration / 60) parts.push(`<path class="wait" d="M${x(from)} ${y}H${x(to)}"/>`)
    parts.push(
      `<rect class="${reason === undefined ? "good" : "bad"}" x="${rounded(xOf(to) - 1.5)}" y="${
        y - 7
      }" width="3" height="14" rx="1.5"/>`
    )
  }
  y += 22

  const unit = Timeline.step(duration, 10)
  const grid = Array.from({ length: Math.floor(duration / unit) + 1 }, (_, index) => {
    const at = x(index * unit)
    return `<path class="grid" d="M${at} ${top - 8}V${y}"/><text class="note" x="${at}" y="${
      y + 18
    }" text-anchor="middle">${index * unit / 1000} s</text>`
  })
  const eventLines = happened.map((event) => {
    const anchor = event.x > width * 0.8 ? "end" : event.x < width * 0.25 ? "start" : "middle"
    const below = top - 8 - (eventRows - 1 - event.row) * eventRow
    const at = rounded(event.x)
    const text = `<text class="note" x="${at}" y="${below - 8}" text-anchor="${anchor}">${escaped(event.text)}</text>`
    return `<path class="event" d="M${at} ${below}V${y}"/>${text}`
  })
  const height = y + 32
  return `<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 ${width} ${height}" role="img" aria-labelledby="title description" font-family="system-ui, 'DejaVu Sans', sans-serif" font-size="13">
  <title id="title">${escaped(title)}</title>
  <desc id="description">${escaped([`${tokens.length} tokens`, ...Timeline.summary(timeline)].join("; "))}.</desc>
  <style>${style}
  </style>
  <rect class="panel" x=".5" y=".5" width="${width - 1}" height="${height - 1}" rx="10"/>
  ${[...grid, ...eventLines, ...parts].join("\n  ")}
</svg>
`
}
