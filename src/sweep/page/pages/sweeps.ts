// The history of sweeps as a table.
import { listSweeps, type SweepRow } from '../../reading/sweeps.js'
import { html, link } from '../html.js'
import { card, type PageParts, table, time } from '../layout.js'
import type { PageContext } from '../routes.js'

const MOST = 400

function duration({ startedAt, finishedAt }: SweepRow): string {
  if (finishedAt === null) return '–'
  const minutes = Math.round((finishedAt.getTime() - startedAt.getTime()) / 60_000)
  return minutes < 1 ? '< 1 min' : minutes < 120 ? `${minutes} min` : `${Math.round(minutes / 60)} h`
}

export async function sweepsPage({ database }: PageContext): Promise<PageParts> {
  const sweeps = (await listSweeps(database, MOST)).toReversed()
  const body =
    sweeps.length === 0
      ? html`<p class="empty">No sweep has run yet.</p>`
      : table<SweepRow>(
          'Sweeps, the latest first; times are UTC',
          [
            { name: 'Sweep', cell: ({ id, trigger }) => html`${String(id)} <span class="meta">by ${trigger}</span>` },
            { name: 'Began', cell: ({ startedAt }) => time(startedAt) },
            { name: 'Took', cell: duration, number: true },
            {
              name: 'Ended',
              cell: ({ status }) =>
                html`<span class="tag ${status === 'done' ? 'good' : status === 'running' ? 'plain' : 'medium'}">${status}</span>`,
            },
            {
              name: 'New',
              cell: ({ id, found }) =>
                found === 0
                  ? 0
                  : html`<a href="${link('/findings', { sweep: id, acknowledged: 1, gone: 1 })}">${found}</a>`,
              number: true,
            },
            { name: 'In images', cell: ({ open }) => open, number: true },
          ],
          sweeps,
        )
  return { path: '/sweeps', title: 'Sweeps', body: card('History', body) }
}
