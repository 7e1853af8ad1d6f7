// Findings counted by team, repository and rule.
import { type FindingGroup, findingsByPlace, findingsByRule } from '../../reading/groups.js'
import { type Html, html, link } from '../html.js'
import { type Column, card, countColumns, type PageParts, pages, table } from '../layout.js'
import { pageNumber } from '../query.js'
import type { PageContext } from '../routes.js'

const PER_PAGE = 100

interface GroupPage {
  readonly path: string
  readonly title: string
  readonly lead: string
  readonly column: Column<FindingGroup>
  /** One more than a page tells whether there is another. */
  readonly read: (limit: number, offset: number) => Promise<readonly FindingGroup[]>
}

async function groupPage({ path, title, lead, column, read }: GroupPage, { query }: PageContext): Promise<PageParts> {
  const page = pageNumber(query)
  const found = await read(PER_PAGE + 1, (page - 1) * PER_PAGE)
  const rows = found.slice(0, PER_PAGE)
  const list: Html =
    rows.length === 0
      ? html`<p class="empty">Nothing is open.</p>`
      : table(title, [column, ...countColumns<FindingGroup>()], rows)
  const more = found.length > PER_PAGE
  const body = card(
    'Open findings',
    html`${list}${pages({ path, query: {}, page, perPage: PER_PAGE, shown: rows.length, more })}`,
  )
  return { path, title, lead, body }
}

const placeColumn = (name: string): Column<FindingGroup> => ({
  name,
  cell: (row) => html`<a class="mono" href="${link('/findings', { repository: row.name })}">${row.name}</a>`,
})

export function teamsPage(context: PageContext): Promise<PageParts> {
  return groupPage(
    {
      path: '/teams',
      title: 'Teams',
      lead: 'By the first component of the repositories’ names. A finding counts once for each team that has it.',
      column: placeColumn('Team'),
      read: (limit, offset) => findingsByPlace(context.database, 'team', limit, offset),
    },
    context,
  )
}

export function repositoriesPage(context: PageContext): Promise<PageParts> {
  return groupPage(
    {
      path: '/repositories',
      title: 'Repositories',
      lead: 'A finding counts once for each repository that has it.',
      column: placeColumn('Repository'),
      read: (limit, offset) => findingsByPlace(context.database, 'repository', limit, offset),
    },
    context,
  )
}

export function rulesPage(context: PageContext): Promise<PageParts> {
  const { titles } = context
  return groupPage(
    {
      path: '/rules',
      title: 'Rules',
      lead: 'Which kinds of secrets get into images.',
      column: {
        name: 'Rule',
        cell: ({ name }) =>
          html`<a href="${link('/findings', { rule: name })}">${titles.get(name)?.title ?? name}</a> <code>${name}</code>`,
      },
      read: (limit, offset) => findingsByRule(context.database, limit, offset),
    },
    context,
  )
}
