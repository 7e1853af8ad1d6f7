// Layers by how many images one mended instruction mends.
import { shorten } from '../../../support/printable.js'
import { type LayerToFix, layersToFix } from '../../reading/groups.js'
import { type Html, html } from '../html.js'
import { card, type PageParts, pages, referenceLink, severityTag, table } from '../layout.js'
import { pageNumber } from '../query.js'
import type { PageContext } from '../routes.js'

const PER_PAGE = 50
const LONGEST = 200

const shortDigest = (digest: string): string => (digest.length > 23 ? `${digest.slice(0, 19)}…` : digest)

export function layerTable(rows: readonly LayerToFix[]): Html {
  if (rows.length === 0) return html`<p class="empty">No layer has an open finding.</p>`
  return table<LayerToFix>(
    'Layers with open findings, by images',
    [
      {
        name: 'Instruction',
        cell: ({ instruction }) => html`<code>${shorten(instruction ?? 'not in the history', LONGEST)}</code>`,
      },
      { name: 'Images', cell: ({ images }) => images, number: true },
      { name: 'Findings', cell: ({ findings }) => findings, number: true },
      { name: 'Worst', cell: ({ worst }) => severityTag(worst) },
      { name: 'For example in', cell: ({ example }) => (example === undefined ? '–' : referenceLink(example)) },
      { name: 'Layer', cell: ({ digest }) => html`<code title="${digest}">${shortDigest(digest)}</code>` },
    ],
    rows,
  )
}

export async function layersPage({ database, query }: PageContext): Promise<PageParts> {
  const page = pageNumber(query)
  const found = await layersToFix(database, PER_PAGE + 1, (page - 1) * PER_PAGE)
  const rows = found.slice(0, PER_PAGE)
  const paging = {
    path: '/layers',
    query: {},
    page,
    perPage: PER_PAGE,
    shown: rows.length,
    more: found.length > PER_PAGE,
  }
  return {
    path: '/layers',
    title: 'Layers to fix first',
    lead: 'Images share layers: one mended instruction, often in a base image, mends all images that are built on it.',
    body: card('Layers', html`${layerTable(rows)}${pages(paging)}`),
  }
}
