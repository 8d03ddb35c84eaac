/**
 * Lines over a logarithmic or even axis, side by side in one SVG.
 */

/** One panel of the plot. */
export interface Series {
  readonly title: string
  /** The quantity on the horizontal axis. */
  readonly along: string
  readonly unit: string
  readonly lines: ReadonlyArray<Line>
}

export interface Line {
  readonly label: string
  readonly points: ReadonlyArray<readonly [along: number, value: number]>
}

const panel = { width: 380, height: 280, left: 62, right: 16, top: 46, bottom: 64 }
const colours = ["#1b6ca8", "#c2491d", "#4d7c32", "#7a4fa3", "#8a6d1a"]

const escaped = (text: string): string =>
  text.replaceAll("&", "&amp;").replaceAll("<", "&lt;").replaceAll("\"", "&quot;")

/** A round number at or above. */
const ceiling = (value: number): number => {
  const power = 10 ** Math.floor(Math.log10(value))
  return (([1, 1.5, 2, 3, 4, 5, 6, 8, 10].find((step) => step * power >= value)) ?? 10) * power
}

const short = (value: number): string =>
  value >= 1000 && value % 1000 === 0 ? `${value / 1000}k` : `${Math.round(value * 100) / 100}`

const drawn = ({ along, lines, title, unit }: Series, index: number): string => {
  const points = lines.flatMap((line) => line.points)
  const xs = Array.from(new Set(points.map(([x]) => x))).sort((a, b) => a - b)
  const [first = 1, last = first] = [xs[0], xs.at(-1)]
  const isLogarithmic = first > 0 && last / first >= 20
  const scale = (x: number) => isLogarithmic ? Math.log(x) : x
  const top = ceiling(Math.max(...points.map(([, y]) => y), Number.MIN_VALUE))
  const inner = {
    width: panel.width - panel.left - panel.right,
    height: panel.height - panel.top - panel.bottom
  }
  const px = (x: number) =>
    panel.left + (last === first ? 0.5 : (scale(x) - scale(first)) / (scale(last) - scale(first))) * inner.width
  const py = (y: number) => panel.top + (1 - y / top) * inner.height
  const at = (x: number, y: number) => `${px(x).toFixed(1)},${py(y).toFixed(1)}`
  const base = panel.top + inner.height
  const rulers = [0, 0.25, 0.5, 0.75, 1].map((share) => {
    const y = py(share * top).toFixed(1)
    return `<line x1="${panel.left}" y1="${y}" x2="${panel.width - panel.right}" y2="${y}" stroke="#ddd"/>`
      + `<text x="${panel.left - 8}" y="${y}" dy="4" text-anchor="end">${short(share * top)}</text>`
  })
  const marks = xs.map((x) => `<text x="${px(x).toFixed(1)}" y="${base + 16}" text-anchor="middle">${short(x)}</text>`)
  const curves = lines.map((line, i) => {
    const colour = colours[i % colours.length]
    const path = line.points.map(([x, y]) => at(x, y)).join(" ")
    const dots = line.points.map(([x, y]) =>
      `<circle cx="${px(x).toFixed(1)}" cy="${py(y).toFixed(1)}" r="3" fill="${colour}"/>`
    )
    const key = panel.left + i * (inner.width / lines.length)
    return `<polyline points="${path}" fill="none" stroke="${colour}" stroke-width="2"/>${dots.join("")}`
      + `<rect x="${key}" y="${panel.height - 14}" width="10" height="3" fill="${colour}"/>`
      + `<text x="${key + 14}" y="${panel.height - 8}">${escaped(line.label)}</text>`
  })
  return `<g transform="translate(${index * panel.width} 0)">`
    + `<text x="${panel.left}" y="18" font-weight="bold">${escaped(title)}</text>`
    + `<text x="${panel.left}" y="34">${escaped(unit)}</text>${rulers.join("")}${marks.join("")}`
    + `<text x="${panel.left + inner.width / 2}" y="${base + 34}" text-anchor="middle">${escaped(along)}</text>`
    + `${curves.join("")}</g>`
}

/** A panel a series, from left to right. The vertical axis begins at zero, so that flat looks flat and nothing else does. */
export const svg = (series: ReadonlyArray<Series>): string =>
  `<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 ${series.length * panel.width} ${panel.height}" `
  + `font-family="sans-serif" font-size="11"><rect width="100%" height="100%" fill="#fff"/>`
  + `${series.map(drawn).join("")}</svg>\n`
