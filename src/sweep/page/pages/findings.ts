// The list of findings with its filters.
import { SEVERITIES } from '../../reading/filter.js'
import { countFindings, listFindings } from '../../reading/findings.js'
import { findingList } from '../finding-list.js'
import { type Html, html } from '../html.js'
import { amount, type PageParts, pages } from '../layout.js'
import { addressOf, filterOf, type ListQuery, listQuery, pageNumber } from '../query.js'
import type { PageContext } from '../routes.js'

const PER_PAGE = 50

function options(list: ListQuery): Html {
  return html`<option value="">any</option>${SEVERITIES.map(
    (severity) =>
      html`<option value="${severity}"${list.severity === severity && html` selected`}>${severity}${severity !== 'critical' && ' or worse'}</option>`,
  )}`
}

function field(name: 'rule' | 'repository', label: string, list: ListQuery): Html {
  return html`<label class="wide">${label}<input type="text" name="${name}" value="${list[name] ?? ''}" autocomplete="off"></label>`
}

function check(name: 'acknowledged' | 'gone' | 'unsure', label: string, list: ListQuery): Html {
  return html`<label class="check"><input type="checkbox" name="${name}" value="1"${list[name] && html` checked`}>${label}</label>`
}

function filters(list: ListQuery): Html {
  return html`<section class="card"><h2>Search and filter</h2><form class="filters" action="/findings" method="get" role="search">
<label class="wide">Text in a place, rule or image<input type="search" name="q" value="${list.q ?? ''}" autocomplete="off"></label>
${field('rule', 'Rule', list)}${field('repository', 'Repository or team', list)}
<label>Severity<select name="severity">${options(list)}</select></label>
${check('acknowledged', 'acknowledged too', list)}${check('gone', 'gone too', list)}${check('unsure', 'low confidence too', list)}
${list.sweep !== undefined && html`<input type="hidden" name="sweep" value="${String(list.sweep)}">`}
${list.since !== undefined && html`<input type="hidden" name="since" value="${String(list.since)}">`}
<button type="submit">Show</button>
</form></section>`
}

function leadOf(list: ListQuery, total: string): Html {
  const when =
    list.sweep === undefined
      ? list.since !== undefined && html` that sweep ${String(list.since)} or a later one saw first`
      : html` that sweep ${String(list.sweep)} saw first`
  const isFiltered = Object.values(addressOf(list)).some((value) => value !== undefined)
  return html`${total}${when}, worst first. ${isFiltered && html`<a href="/findings">Show all open findings</a>`}`
}

export async function findingsPage({ database, titles, query }: PageContext): Promise<PageParts> {
  const list = listQuery(query)
  const filter = filterOf(list)
  const page = pageNumber(query)
  const counts = await countFindings(database, filter)
  const rows = await listFindings(database, filter, { limit: PER_PAGE, offset: (page - 1) * PER_PAGE })
  const paging = {
    path: '/findings',
    query: addressOf(list),
    page,
    perPage: PER_PAGE,
    shown: rows.length,
    total: counts.total,
  }
  const body = html`${filters(list)}
<section class="card"><h2>Findings</h2>${findingList(rows, titles, 'No finding is meant by this.')}${pages(paging)}</section>`
  return { path: '/findings', title: 'Findings', lead: leadOf(list, amount(counts.total, 'finding')), body }
}
