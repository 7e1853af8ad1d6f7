// The frame of every page, and the small pieces that pages share.
import { grouped } from '../../support/grouped.js'
import { shorten } from '../../support/printable.js'
import type { FindingGroup } from '../reading/groups.js'
import { type Html, html, link } from './html.js'

const SECTIONS = [
  ['/', 'Overview'],
  ['/findings', 'Findings'],
  ['/layers', 'Layers to fix first'],
  ['/teams', 'Teams'],
  ['/repositories', 'Repositories'],
  ['/rules', 'Rules'],
  ['/sweeps', 'Sweeps'],
] as const

export interface PageParts {
  readonly path: string
  readonly title: string
  /** One sentence below the heading. */
  readonly lead?: string | Html
  readonly body: Html
}

/** A whole document. */
export function document({ path, title, lead, body }: PageParts): string {
  const sections = SECTIONS.map(
    ([target, name]) => html`<li><a href="${target}"${target === path && html` aria-current="page"`}>${name}</a></li>`,
  )
  return html`<!doctype html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<title>${title} · secretscan</title>
<link rel="stylesheet" href="/style.css">
<link rel="icon" href="/icon.svg" type="image/svg+xml">
</head>
<body>
<a class="skip" href="#content">Skip to the content</a>
<header><div class="bar"><a class="name" href="/">secretscan sweeps</a><nav aria-label="Sections"><ul>${sections}</ul></nav></div></header>
<main id="content" tabindex="-1">
<h1>${title}</h1>
${lead !== undefined && html`<p class="lead">${lead}</p>`}
${body}
</main>
<footer><p>Read only, on this machine only. Values are never stored; what is shown is masked.</p></footer>
</body>
</html>
`.toString()
}

export function card(title: string, body: Html): Html {
  return html`<section class="card"><h2>${title}</h2>${body}</section>`
}

export function severityTag(severity: string): Html {
  return html`<span class="tag ${severity}">${severity}</span>`
}

/** A time to the minute, in UTC, with the exact one behind it. */
export function time(date: Date): Html {
  const iso = date.toISOString()
  return html`<time datetime="${iso}" title="${iso}">${iso.slice(0, 10)} ${iso.slice(11, 16)}</time>`
}

/** "1 image", "31,204 images". */
export function amount(number: number, noun: string, plural = `${noun}s`): string {
  return `${grouped(number)} ${number === 1 ? noun : plural}`
}

export interface Column<Row> {
  readonly name: string
  readonly cell: (row: Row) => Html | string | number
  readonly number?: true
}

/** A table whose first column names the row. It scrolls by itself where it is wider than the page. */
export function table<Row>(caption: string, columns: readonly Column<Row>[], rows: readonly Row[]): Html {
  const head = columns.map(({ name, number }) => html`<th scope="col"${number && html` class="number"`}>${name}</th>`)
  const body = rows.map((row) => {
    const [first, ...rest] = columns
    return html`<tr><th scope="row">${first?.cell(row)}</th>${rest.map(
      ({ cell, number }) => html`<td${number && html` class="number"`}>${cell(row)}</td>`,
    )}</tr>`
  })
  return html`<div class="scroll" role="region" aria-label="${caption}" tabindex="0"><table><caption>${caption}</caption><thead><tr>${head}</tr></thead><tbody>${body}</tbody></table></div>`
}

/** Columns of numbers by severity, for tables of groups. */
export function countColumns<Row extends FindingGroup>(): readonly Column<Row>[] {
  const severities = ['critical', 'high', 'medium', 'low'] as const
  return [
    { name: 'Findings', cell: ({ total }) => total, number: true },
    ...severities.map(
      (severity): Column<Row> => ({
        name: `${severity[0]?.toUpperCase()}${severity.slice(1)}`,
        cell: (row) => (row[severity] === 0 ? '–' : row[severity]),
        number: true,
      }),
    ),
    { name: 'Images', cell: ({ images }) => images, number: true },
  ]
}

export interface Paging {
  readonly path: string
  readonly query: Readonly<Record<string, string | undefined>>
  readonly page: number
  readonly perPage: number
  readonly shown: number
  /** Undefined: it is only known whether there are more. */
  readonly total?: number
  readonly more?: boolean
}

/** Links to the page before and after, and what is shown. */
export function pages({ path, query, page, perPage, shown, total, more }: Paging): Html | undefined {
  const next = total === undefined ? more === true : page * perPage < total
  if (page === 1 && !next) return undefined
  const at = (number: number): string => link(path, { ...query, page: number === 1 ? undefined : number })
  const first = (page - 1) * perPage
  return html`<nav class="pages" aria-label="Pages">
${page > 1 && html`<a href="${at(page - 1)}" rel="prev">Previous</a>`}
<span>${shown === 0 ? 'nothing' : html`${first + 1} to ${first + shown}`}${total !== undefined && html` of ${total}`}</span>
${next && html`<a href="${at(page + 1)}" rel="next">Next</a>`}
</nav>`
}

/** An image's name, shortened where a stranger made it very long, as a link to what it holds. */
export function referenceLink(reference: string): Html {
  return html`<a class="mono" href="${link('/findings', { q: reference })}">${shorten(reference, 160)}</a>`
}
