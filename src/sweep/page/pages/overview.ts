// The first page: what is open, what is new, how the sweeps went.
import type { Severity } from '../../../detect/types.js'
import { grouped } from '../../../support/grouped.js'
import { outboxState } from '../../notify/outbox-state.js'
import { SEVERITIES } from '../../reading/filter.js'
import { countFindings, listFindings, type SeverityCounts } from '../../reading/findings.js'
import { layersToFix } from '../../reading/groups.js'
import { listSweeps, type SweepRow } from '../../reading/sweeps.js'
import { columnChart, lineChart, type Point } from '../chart.js'
import { findingList } from '../finding-list.js'
import { type Html, html, link } from '../html.js'
import { amount, card, type PageParts, time } from '../layout.js'
import type { PageContext } from '../routes.js'
import { layerTable } from './layers.js'

const SWEEPS = 60
const NEWEST = 5

function tile(name: string, value: number, target: string): Html {
  return html`<li class="tile"><a href="${target}"><span>${name}</span><strong>${value}</strong></a></li>`
}

interface News {
  readonly sweep: number
  /** Open ones that it saw first. */
  readonly open: number
}

function tiles(open: SeverityCounts, news: News | undefined): Html {
  const name = (severity: Severity): string => `${severity} or worse`
  const upTo = (severity: Severity): number =>
    SEVERITIES.slice(0, SEVERITIES.indexOf(severity) + 1).reduce((sum, one) => sum + open[one], 0)
  return html`<ul class="tiles">
${news !== undefined && tile('new in the last sweep', news.open, link('/findings', { sweep: news.sweep }))}
${tile('open findings', open.total, '/findings')}
${tile('critical', open.critical, link('/findings', { severity: 'critical' }))}
${tile(name('high'), upTo('high'), link('/findings', { severity: 'high' }))}
</ul>`
}

const dayOf = (sweep: SweepRow | undefined): string => sweep?.startedAt.toISOString().slice(0, 10) ?? ''

function charts(sweeps: readonly SweepRow[]): Html {
  const [first, last] = [sweeps[0], sweeps.at(-1)]
  const points = (value: (sweep: SweepRow) => number): Point[] =>
    sweeps.map((sweep) => ({ title: `Sweep ${sweep.id}, ${dayOf(sweep)}: ${value(sweep)}`, value: value(sweep) }))
  const ends = { first: dayOf(first), last: dayOf(last) }
  const most = Math.max(...sweeps.map(({ found }) => found))
  return html`${lineChart(
    points(({ open }) => open),
    {
      ...ends,
      id: 'chart-open',
      title: 'Open findings',
      summary: `after each sweep: ${grouped(first?.open ?? 0)} at first, ${grouped(last?.open ?? 0)} now`,
    },
  )}${columnChart(
    points(({ found }) => found),
    {
      ...ends,
      id: 'chart-new',
      title: 'New findings',
      summary: `in each sweep: ${grouped(last?.found ?? 0)} in the last one, ${grouped(most)} at most`,
    },
  )}<p class="meta"><a href="/sweeps">The same as a table</a></p>`
}

async function warnings({ database }: PageContext): Promise<Html | undefined> {
  const [failed] = await database.query<{ images: number; repositories: number }>(
    `SELECT (SELECT count(*) FROM image WHERE status = 'failed' AND gone_at IS NULL) AS images,
       (SELECT count(*) FROM repository WHERE failure IS NOT NULL AND gone_at IS NULL) AS repositories`,
  )
  const { deadTotal, dead } = await outboxState(database, 1)
  const parts = [
    failed?.images !== 0 && `${amount(failed?.images ?? 0, 'image')} could not be scanned.`,
    failed?.repositories !== 0 &&
      `${amount(failed?.repositories ?? 0, 'repository', 'repositories')} could not be listed.`,
    deadTotal !== 0 && `${amount(deadTotal, 'notification')} did not go out; the last one: ${dead[0]?.reason}`,
  ].filter((part) => part !== false)
  if (parts.length === 0) return undefined
  return html`<div class="note" role="note">${parts.map((part) => html`<p>${part}</p>`)}</div>`
}

function lead(last: SweepRow | undefined): Html {
  if (last === undefined) return html`No sweep has run yet: <code>secretscan sweep run</code> starts one.`
  const [sweep, began] = [html`Sweep ${String(last.id)}`, html`${time(last.startedAt)} UTC`]
  if (last.status === 'interrupted')
    return html`${sweep}, begun ${began}, was interrupted: the next <code>secretscan sweep run</code> goes on with it.`
  if (last.finishedAt === null) return html`${sweep} is running since ${began}`
  return html`${sweep} ended ${time(last.finishedAt)} UTC <span class="tag ${last.status === 'done' ? 'good' : 'medium'}">${last.status}</span>`
}

export async function overviewPage(context: PageContext): Promise<PageParts> {
  const { database, titles } = context
  const sweeps = await listSweeps(database, SWEEPS)
  const last = sweeps.at(-1)
  const ended = sweeps.findLast(({ finishedAt }) => finishedAt !== null) ?? last
  const open = await countFindings(database, { minConfidence: 'medium' })
  const isNew = { newIn: ended?.id ?? 0, minConfidence: 'medium' } as const
  const fresh = await listFindings(database, isNew, { limit: NEWEST })
  const news = ended && { sweep: ended.id, open: (await countFindings(database, isNew)).total }
  const layers = await layersToFix(database, NEWEST)
  const body = html`${await warnings(context)}${tiles(open, news)}
${sweeps.length > 0 && card('Sweeps over time', charts(sweeps))}
<section class="card"><h2>New in the last sweep</h2>${findingList(fresh, titles, 'Nothing is new.')}
${news !== undefined && news.open > fresh.length && html`<p class="pages"><a href="${link('/findings', { sweep: news.sweep })}">All ${news.open} of them</a></p>`}</section>
${card('Layers to fix first', html`${layerTable(layers)}<p class="pages"><a href="/layers">More layers</a></p>`)}`
  return { path: '/', title: 'Overview', lead: lead(last), body }
}
