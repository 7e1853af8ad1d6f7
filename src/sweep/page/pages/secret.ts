// How far one value has got.
import { placeText } from '../../../report/wording.js'
import { shorten } from '../../../support/printable.js'
import { listFindings } from '../../reading/findings.js'
import { type SpreadPlace, secretSpread } from '../../reading/spread.js'
import { findingList } from '../finding-list.js'
import { html } from '../html.js'
import { amount, card, type PageParts, pages, referenceLink, table, time } from '../layout.js'
import { pageNumber, text } from '../query.js'
import type { PageContext } from '../routes.js'

const PER_PAGE = 100
const FINDINGS = 20
const LONGEST = 200

const columns = [
  {
    name: 'Image',
    cell: ({ reference, imageDigest }: SpreadPlace) =>
      reference === undefined ? html`<code>${imageDigest}</code> (no tag)` : referenceLink(reference),
  },
  { name: 'Platform', cell: ({ platform }: SpreadPlace) => platform },
  {
    name: 'Place',
    cell: ({ document }: SpreadPlace) =>
      html`<code>${shorten(placeText(document.place, document.span), LONGEST)}</code>`,
  },
  { name: 'Still there', cell: ({ exposure }: SpreadPlace) => exposure ?? '–' },
] as const

/** @throws NotFoundError where the address names no finding of the store. */
export async function secretPage({ database, titles, query }: PageContext): Promise<PageParts> {
  const fingerprint = text(query, 'fingerprint') ?? ''
  const page = pageNumber(query)
  const spread = await secretSpread(database, fingerprint, PER_PAGE, (page - 1) * PER_PAGE)
  const same = await listFindings(
    database,
    { sameSecretAs: fingerprint, acknowledged: true, gone: true },
    { limit: FINDINGS },
  )
  const paging = {
    path: '/secret',
    query: { fingerprint },
    page,
    perPage: PER_PAGE,
    shown: spread.places.length,
    more: spread.more > 0,
  }
  const rule = same[0]?.ruleId ?? ''
  const body = html`${card('Findings of this value', findingList(same, titles, 'No image has it any more.'))}
${card('Where it is', html`${spread.places.length > 0 && table('Images that hold the value', columns, spread.places)}${pages(paging)}`)}
${card(
  'What to do',
  html`<p>Revoke it first: <code>secretscan rules show ${rule}</code> says where. To accept it: <code>secretscan sweep ack ${fingerprint} --reason …</code></p>`,
)}`
  return {
    path: '/secret',
    title: `${titles.get(rule)?.title ?? 'Secret'} ${spread.redacted.shown}`,
    lead: html`In ${amount(spread.images, 'image')} of ${amount(spread.repositories, 'repository', 'repositories')}; first seen ${time(spread.firstSeenAt)} UTC. <code>${fingerprint}</code>`,
    body,
  }
}
