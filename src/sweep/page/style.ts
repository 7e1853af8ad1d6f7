// The page's one style sheet: light and dark by the system's choice, from 360 pixels upwards. Meaning is never in colour alone.

export const STYLE = `:root {
  color-scheme: light dark;
  --page: #f6f7f9; --card: #ffffff; --line: #dfe3e8; --strong-line: #8a94a3; --text: #1b2430; --soft: #56616f; --link: #0b57c2;
  --accent: #0b6bcb; --accent-soft: #d8e8fa; --bar: #5b8fd0; --mono: ui-monospace, 'SF Mono', 'DejaVu Sans Mono', Menlo, Consolas, monospace;
  --critical: #8f1239; --critical-soft: #fde4ea; --high: #9a3412; --high-soft: #fdebdc; --medium: #74510a; --medium-soft: #faf0cd;
  --low: #1f5673; --low-soft: #dff0f7; --good: #17603a; --good-soft: #dcf3e4;
}
@media (prefers-color-scheme: dark) {
  :root {
    --page: #11151b; --card: #1a2029; --line: #2d3642; --strong-line: #75808f; --text: #e6eaf0; --soft: #a7b1be; --link: #82b6ff;
    --accent: #6aaeff; --accent-soft: #1c3552; --bar: #4c86c9;
    --critical: #ffb1c4; --critical-soft: #4d1626; --high: #ffc29c; --high-soft: #4a2413; --medium: #f1d584; --medium-soft: #3f3210;
    --low: #a5d8f0; --low-soft: #143747; --good: #9be0b8; --good-soft: #133b25;
  }
}
* { box-sizing: border-box; }
html { font: 16px/1.5 system-ui, -apple-system, 'Segoe UI', Roboto, 'Noto Sans', sans-serif; background: var(--page); color: var(--text); }
body { margin: 0; }
a { color: var(--link); text-underline-offset: 0.15em; }
:focus-visible { outline: 3px solid var(--accent); outline-offset: 2px; border-radius: 4px; }
.skip { position: absolute; left: -999rem; }
.skip:focus { left: 1rem; top: 0.5rem; background: var(--card); padding: 0.5rem 1rem; z-index: 1; }
header { background: var(--card); border-bottom: 1px solid var(--line); }
.bar, main, footer { max-width: 84rem; margin: 0 auto; padding: 0 1.25rem; }
.bar { display: flex; flex-wrap: wrap; align-items: center; gap: 0.25rem 1.5rem; padding-top: 0.6rem; padding-bottom: 0.6rem; }
.name { font-weight: 700; letter-spacing: 0.01em; text-decoration: none; color: var(--text); }
nav ul { display: flex; flex-wrap: wrap; gap: 0.15rem; list-style: none; margin: 0 0 0 -0.6rem; padding: 0; }
nav a { display: block; padding: 0.3rem 0.6rem; border-radius: 6px; text-decoration: none; color: var(--soft); }
nav a:hover { background: var(--page); color: var(--text); }
nav a[aria-current] { background: var(--accent-soft); color: var(--text); font-weight: 600; }
main { padding-top: 1.5rem; padding-bottom: 2rem; }
footer { color: var(--soft); font-size: 0.875rem; padding-bottom: 2rem; }
h1 { font-size: 1.6rem; line-height: 1.25; margin: 0 0 0.25rem; overflow-wrap: anywhere; }
h1 + .card { margin-top: 1rem; }
h2 { font-size: 1.15rem; margin: 0 0 0.75rem; }
.lead { color: var(--soft); margin: 0 0 1.25rem; max-width: 70ch; }
.card { background: var(--card); border: 1px solid var(--line); border-radius: 10px; padding: 1.1rem 1.25rem; margin: 0 0 1.25rem; }
.card > :last-child, .card > :last-child > :last-child { margin-bottom: 0; }
.tiles { display: grid; gap: 0.75rem; grid-template-columns: repeat(auto-fit, minmax(9.5rem, 1fr)); margin: 0 0 1.25rem; padding: 0; list-style: none; }
.tile { background: var(--card); border: 1px solid var(--line); border-radius: 10px; display: flex; flex-direction: column-reverse; }
.tile a { display: flex; flex-direction: column-reverse; justify-content: flex-end; flex: 1; padding: 0.8rem 1rem; color: inherit; text-decoration: none; border-radius: 10px; }
.tile a:hover { background: var(--accent-soft); }
.tile span { color: var(--soft); font-size: 0.875rem; }
.tile strong { font-size: 1.7rem; line-height: 1.2; font-variant-numeric: tabular-nums; }
.tag { display: inline-block; border-radius: 5px; padding: 0 0.45rem; font-size: 0.8rem; font-weight: 600; line-height: 1.6; white-space: nowrap; }
.critical { color: var(--critical); background: var(--critical-soft); }
.high { color: var(--high); background: var(--high-soft); }
.medium { color: var(--medium); background: var(--medium-soft); }
.low { color: var(--low); background: var(--low-soft); }
.good { color: var(--good); background: var(--good-soft); }
.plain { color: var(--soft); background: var(--page); border: 1px solid var(--line); }
code, .mono { font-family: var(--mono); font-size: 0.875em; overflow-wrap: anywhere; }
.findings { list-style: none; margin: 0; padding: 0; }
.findings > li { padding: 0.85rem 0; border-top: 1px solid var(--line); }
.findings > li:first-child { border-top: 0; padding-top: 0; }
.findings > li:last-child { padding-bottom: 0; }
.finding { display: grid; gap: 0.1rem 1.25rem; grid-template-columns: minmax(0, 1fr) minmax(0, 22rem); }
.finding h3 { font-size: 1rem; margin: 0; font-weight: 600; grid-column: 1 / -1; display: flex; flex-wrap: wrap; gap: 0.2rem 0.6rem; align-items: baseline; }
.finding p { margin: 0.1rem 0; }
.meta { color: var(--soft); font-size: 0.9rem; }
.meta a { overflow-wrap: anywhere; }
.note { border-left: 4px solid var(--strong-line); padding: 0.6rem 1rem; background: var(--card); margin: 0 0 1.25rem; border-radius: 0 8px 8px 0; }
.note p { margin: 0; }
.scroll { overflow-x: auto; }
table { border-collapse: collapse; width: 100%; }
caption { text-align: left; color: var(--soft); padding-bottom: 0.5rem; }
th, td { text-align: left; padding: 0.45rem 0.9rem 0.45rem 0; border-bottom: 1px solid var(--line); vertical-align: top; }
thead th { font-size: 0.85rem; color: var(--soft); font-weight: 600; white-space: nowrap; }
tbody tr:last-child > * { border-bottom: 0; }
tbody th { font-weight: 400; overflow-wrap: anywhere; min-width: 11rem; }
.number { text-align: right; font-variant-numeric: tabular-nums; white-space: nowrap; }
.empty { color: var(--soft); margin: 0; }
form.filters { display: flex; flex-wrap: wrap; gap: 0.75rem 1rem; align-items: end; }
.filters label { display: grid; gap: 0.2rem; font-size: 0.875rem; color: var(--soft); }
.filters .wide { flex: 1 1 11rem; }
.filters .check { display: flex; gap: 0.4rem; align-items: center; padding-bottom: 0.45rem; color: var(--text); }
input[type='search'], input[type='text'], select, button { font: inherit; color: var(--text); background: var(--card); border: 1px solid var(--strong-line); border-radius: 6px; padding: 0.35rem 0.6rem; width: 100%; min-height: 2.3rem; }
button { width: auto; background: var(--accent); border-color: var(--accent); color: var(--card); font-weight: 600; padding: 0.35rem 1.1rem; cursor: pointer; }
.pages { display: flex; flex-wrap: wrap; gap: 0.5rem 1.25rem; margin-top: 1rem; color: var(--soft); }
.chart { margin: 0 0 1.25rem; }
.chart:last-child { margin-bottom: 0; }
.chart figcaption { font-size: 0.9rem; color: var(--soft); margin-bottom: 0.35rem; }
.chart figcaption strong { color: var(--text); }
.plot { display: grid; grid-template-columns: auto minmax(0, 1fr); gap: 0 0.5rem; font-size: 0.75rem; color: var(--soft); font-variant-numeric: tabular-nums; }
.plot svg { display: block; width: 100%; height: 7rem; border-bottom: 1px solid var(--strong-line); overflow: visible; }
.scale { display: flex; flex-direction: column; justify-content: space-between; text-align: right; height: 7rem; line-height: 1; }
.dates { grid-column: 2; display: flex; justify-content: space-between; padding-top: 0.25rem; }
svg .grid { stroke: var(--line); stroke-width: 1; vector-effect: non-scaling-stroke; }
svg .line { fill: none; stroke: var(--accent); stroke-width: 2; vector-effect: non-scaling-stroke; stroke-linejoin: round; }
svg .area { fill: var(--accent-soft); }
svg .column { fill: var(--bar); }
svg .hit { fill: transparent; }
svg .hit:hover { fill: var(--strong-line); fill-opacity: 0.25; }
@media (max-width: 46rem) {
  .finding { grid-template-columns: minmax(0, 1fr); }
  .card { padding: 0.9rem 1rem; }
  .bar, main, footer { padding-left: 1rem; padding-right: 1rem; }
  .tiles { grid-template-columns: repeat(2, minmax(0, 1fr)); }
  h1 { font-size: 1.35rem; }
}
@media print { header, form, .pages { display: none; } }
`

export const ICON = `<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 16 16"><rect width="16" height="16" rx="3" fill="#0b6bcb"/><circle cx="6" cy="8" r="2.5" fill="none" stroke="#fff" stroke-width="1.5"/><path d="M8.5 8h5v2.2M11.2 8v1.8" fill="none" stroke="#fff" stroke-width="1.5"/></svg>`
