// Findings counted by team, repository and rule.
import type { GroupKind } from '../../reading/group-counts.js'
import { type FindingGroup, findingsByGroup } from '../../reading/groups.js'
import { runningBehind } from '../../reading/sweeps.js'
import type { Queries } from '../../store/database.js'
import { type Html, html, link } from '../html.js'
import { type Column, card, countColumns, type PageParts, pages, table } from '../layout.js'
import { pageNumber } from '../query.js'
import type { PageContext } from '../routes.js'

const PER_PAGE = 100

interface GroupPage {
  readonly kind: GroupKind
  readonly path: string
  readonly title: string
  readonly lead: string
  readonly column: Column<FindingGroup>
}

async function groupPage(
  { kind, path, title, lead, column }: GroupPage,
  { database, query }: PageContext,
): Promise<PageParts> {
  const page = pageNumber(query)
  // One more than a page tells whether there is another.
  const found = await findingsByGroup(database, kind, PER_PAGE + 1, (page - 1) * PER_PAGE)
  const rows = found.slice(0, PER_PAGE)
  const list: Html =
    rows.length === 0
      ? html`<p class="empty">Nothing is open.</p>`
      : table(title, [column, ...countColumns<FindingGroup>()], rows)
  const more = found.length > PER_PAGE
  const body = card(
    'Open findings',
    html`${await countedWhen(database)}${list}${pages({ path, query: {}, page, perPage: PER_PAGE, shown: rows.length, more })}`,
  )
  return { path, title, lead, body }
}

/** Said while a sweep is at work: these pages follow when it has ended. */
async function countedWhen(database: Queries): Promise<Html | undefined> {
  const running = await runningBehind(database)
  return (
    running &&
    html`<p class="meta">Counted when sweep ${String(running.ended)} ended; sweep ${String(running.sweep)} is at work.</p>`
  )
}

const placeColumn = (name: string): Column<FindingGroup> => ({
  name,
  cell: (row) => html`<a class="mono" href="${link('/findings', { repository: row.name })}">${row.name}</a>`,
})

export function teamsPage(context: PageContext): Promise<PageParts> {
  return groupPage(
    {
      kind: 'team',
      path: '/teams',
      title: 'Teams',
      lead: 'By the first component of the repositories’ names. A finding counts once for each team that has it.',
      column: placeColumn('Team'),
    },
    context,
  )
}

export function repositoriesPage(context: PageContext): Promise<PageParts> {
  return groupPage(
    {
      kind: 'repository',
      path: '/repositories',
      title: 'Repositories',
      lead: 'A finding counts once for each repository that has it.',
      column: placeColumn('Repository'),
    },
    context,
  )
}

export function rulesPage(context: PageContext): Promise<PageParts> {
  const { titles } = context
  return groupPage(
    {
      kind: 'rule',
      path: '/rules',
      title: 'Rules',
      lead: 'Which kinds of secrets get into images.',
      column: {
        name: 'Rule',
        cell: ({ name }) =>
          html`<a href="${link('/findings', { rule: name })}">${titles.get(name)?.title ?? name}</a> <code>${name}</code>`,
      },
    },
    context,
  )
}
