import assert from 'node:assert/strict'
import { niceCeiling } from '../../../../src/sweep/page/chart.js'
import { html, link } from '../../../../src/sweep/page/html.js'
import { listQuery, pageNumber } from '../../../../src/sweep/page/query.js'

describe('sweep/page', () => {
  it('escapes what stands in a hole, in text and in quoted attributes, and nothing twice', () => {
    const inner = html`<b title="${`"'<>&`}">${'<i>'}</b>`
    assert.equal(html`<p>${inner}</p>`.toString(), '<p><b title="&quot;&#39;&lt;&gt;&amp;">&lt;i&gt;</b></p>')
  })

  it('makes control and bidirectional characters visible', () => {
    assert.equal(html`${'a\u001b[31m\u202eb\r\n'}`.toString(), 'a\\x1b[31m\\u202eb\\x0d\\x0a')
  })

  it('leaves out what is undefined or false, and puts lists together', () => {
    assert.equal(html`${undefined}${false}${['<', html`<br>`, 1234]}`.toString(), '&lt;<br>1,234')
  })

  it('makes links whose values cannot leave their place', () => {
    assert.equal(link('/findings', { q: 'a&b=c#d', page: undefined }), '/findings?q=a%26b%3Dc%23d')
    assert.equal(link('/findings', { q: '' }), '/findings')
  })

  it('reads addresses leniently', () => {
    const list = listQuery(new URLSearchParams('severity=worst&sweep=-1&since=1e9&q=%00a&acknowledged=1&rule='))
    assert.deepEqual(list, { q: 'a', acknowledged: true, gone: false, unsure: false })
    assert.equal(pageNumber(new URLSearchParams('page=0')), 1)
    assert.equal(pageNumber(new URLSearchParams('page=99999999999999')), 1)
    assert.equal(pageNumber(new URLSearchParams('page=12')), 12)
    assert.equal(listQuery(new URLSearchParams({ q: 'x'.repeat(10_000) })).q?.length, 300)
  })

  for (const [value, ceiling] of [
    [0, 1],
    [1, 1],
    [3, 5],
    [10, 10],
    [11, 20],
    [88, 100],
    [501, 1000],
  ] as const) {
    it(`draws ${value} below ${ceiling}`, () => assert.equal(niceCeiling(value), ceiling))
  }
})
