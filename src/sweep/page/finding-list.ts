// Findings as a list: what, where, in how many images, since when.
import { placeText, shortFingerprint } from '../../report/wording.js'
import { shorten } from '../../support/printable.js'
import type { FindingRow } from '../reading/findings.js'
import { type Html, html, link } from './html.js'
import { amount, referenceLink, severityTag, time } from './layout.js'

/** Characters of a place or an instruction. */
const LONGEST = 240

export type Titles = ReadonlyMap<string, { readonly title: string }>

const EXPOSURES: Readonly<Record<string, string>> = {
  deleted: 'deleted by a later layer, still there for everyone who pulls it',
  overwritten: 'overwritten by a later layer, still there for everyone who pulls it',
}

function standing({ acknowledged, goneAt, goneBecause }: FindingRow): Html {
  const until = acknowledged?.until ?? undefined
  return html`${acknowledged !== undefined && html`<p class="meta"><span class="tag plain">acknowledged</span> ${shorten(acknowledged.reason, LONGEST)}${until !== undefined && html`, until ${time(until)}`}</p>`}${goneAt !== null && html`<p class="meta"><span class="tag plain">gone</span> since ${time(goneAt)}${goneBecause !== undefined && ': its rule was removed, images still have it'}</p>`}`
}

function item(row: FindingRow, titles: Titles): Html {
  const { document, exposure, instruction, references, images, firstSeenIn } = row
  const gone = exposure === null ? undefined : EXPOSURES[exposure]
  const [first, ...others] = references
  return html`<li class="finding">
<h3>${severityTag(row.severity)} <a href="${link('/secret', { fingerprint: row.fingerprint })}">${titles.get(row.ruleId)?.title ?? row.ruleId}</a> <code>${document.secret.shown}</code></h3>
<div>
<p class="mono">${shorten(placeText(document.place, document.span), LONGEST)}</p>
${instruction !== undefined && instruction !== '' && html`<p class="meta">made by <code>${shorten(instruction, LONGEST)}</code></p>`}
${gone !== undefined && html`<p class="meta">${gone}</p>`}
${standing(row)}
</div>
<div class="meta">
<p>${amount(images, 'image')}${first !== undefined && html`: ${referenceLink(first)}${others.length > 0 && ' …'}`}</p>
<p>first seen <a href="${link('/findings', { sweep: firstSeenIn })}">in sweep ${String(firstSeenIn)}</a>, ${time(row.firstSeenAt)}</p>
<p>ID <code>${shortFingerprint(row.fingerprint)}</code></p>
</div>
</li>`
}

/** `empty`: what is said where there is none. */
export function findingList(rows: readonly FindingRow[], titles: Titles, empty: string): Html {
  if (rows.length === 0) return html`<p class="empty">${empty}</p>`
  return html`<ol class="findings">${rows.map((row) => item(row, titles))}</ol>`
}
