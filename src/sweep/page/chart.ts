// Charts as inline SVG without scripts: the drawing stretches to its place, all text stands beside it as HTML.
import { type Html, html } from './html.js'

export interface Point {
  /** What a pointer is told: "Sweep 12, 2026-01-01: 3". */
  readonly title: string
  readonly value: number
}

export interface ChartOptions {
  readonly id: string
  readonly title: string
  /** What the numbers are, for those who cannot see the drawing too. */
  readonly summary: string
  readonly first: string
  readonly last: string
}

const WIDTH = 600
const HEIGHT = 100

/** The next of 1, 2, 5, 10, 20 … that is not below `value`. */
export function niceCeiling(value: number): number {
  if (value <= 1) return 1
  const magnitude = 10 ** Math.floor(Math.log10(value))
  return ([1, 2, 5, 10].find((step) => step * magnitude >= value) ?? 10) * magnitude
}

const rounded = (value: number): string => value.toFixed(2).replace(/\.?0+$/, '')

function figure(points: readonly Point[], top: number, drawing: Html, options: ChartOptions): Html {
  const { id, title, summary, first, last } = options
  const step = WIDTH / Math.max(1, points.length)
  const hits = points.map(
    (point, index) =>
      html`<rect class="hit" x="${rounded(index * step)}" y="0" width="${rounded(step)}" height="${HEIGHT}"><title>${point.title}</title></rect>`,
  )
  return html`<figure class="chart">
<figcaption id="${id}"><strong>${title}</strong> ${summary}</figcaption>
<div class="plot">
<div class="scale" aria-hidden="true"><span>${top}</span><span>0</span></div>
<svg viewBox="0 0 ${WIDTH} ${HEIGHT}" preserveAspectRatio="none" role="img" aria-labelledby="${id}">
<line class="grid" x1="0" y1="0" x2="${WIDTH}" y2="0"/><line class="grid" x1="0" y1="${HEIGHT / 2}" x2="${WIDTH}" y2="${HEIGHT / 2}"/>
${drawing}${hits}
</svg>
<div class="dates" aria-hidden="true"><span>${first}</span><span>${last}</span></div>
</div>
</figure>`
}

const topOf = (points: readonly Point[]): number => niceCeiling(Math.max(0, ...points.map(({ value }) => value)))

/** A line over an area; each point in the middle of its share of the width. */
export function lineChart(points: readonly Point[], options: ChartOptions): Html {
  const top = topOf(points)
  const step = WIDTH / Math.max(1, points.length)
  const at = points.map(
    ({ value }, index) => `${rounded((index + 0.5) * step)},${rounded(HEIGHT - (value / top) * HEIGHT)}`,
  )
  if (at.length === 1) at.unshift(`0,${at[0]?.split(',')[1]}`)
  const [start = '0', end = '0'] = [at[0]?.split(',')[0], at.at(-1)?.split(',')[0]]
  const drawing = html`<polygon class="area" points="${start},${String(HEIGHT)} ${at.join(' ')} ${end},${String(HEIGHT)}"/><polyline class="line" points="${at.join(' ')}"/>`
  return figure(points, top, drawing, options)
}

/** A column for each point; nothing where it is zero. */
export function columnChart(points: readonly Point[], options: ChartOptions): Html {
  const top = topOf(points)
  const step = WIDTH / Math.max(1, points.length)
  const width = Math.min(step * 0.7, 28)
  const columns = points.map(({ value }, index) => {
    const height = (value / top) * HEIGHT
    return value === 0
      ? undefined
      : html`<rect class="column" x="${rounded((index + 0.5) * step - width / 2)}" y="${rounded(HEIGHT - height)}" width="${rounded(width)}" height="${rounded(height)}"/>`
  })
  return figure(points, top, html`${columns}`, options)
}
