import assert from 'node:assert/strict'
import { sniffNested } from '../../../src/unpack/nested.js'
import { officeText } from '../../../src/unpack/office-text.js'
import { gather, inPieces } from '../../fixtures/streams.js'

const WORD = '<w:document xmlns:w="http://schemas.openxmlformats.org/wordprocessingml/2006/main">'
const run = (text: string) => `<w:r><w:rPr><w:b/></w:rPr><w:t xml:space="preserve">${text}</w:t></w:r>`
const paragraph = (...texts: readonly string[]) =>
  `<w:p><w:pPr/>${texts.map(run).join('<w:proofErr w:type="x"/>')}</w:p>`

describe('the text of an office document', () => {
  const cases: readonly (readonly [what: string, markup: string, text: string])[] = [
    ['joins what a word processor tore apart', paragraph('DB_PASS', 'WORD=', 'otter'), 'DB_PASSWORD=otter'],
    ['has a line for each paragraph', paragraph('one') + paragraph('two'), 'one\ntwo'],
    ['keeps breaks and tabs', '<w:r><w:t>a</w:t><w:br/><w:t>b</w:t><w:tab/><w:t>c</w:t></w:r>', 'a\nb\tc'],
    [
      'has a line for each row of a table',
      `<w:tr><w:tc>${paragraph('Password')}</w:tc><w:tc>${paragraph('otter')}</w:tc></w:tr><w:tr><w:tc>${paragraph('x')}</w:tc></w:tr>`,
      'Password: otter\nx',
    ],
    [
      'reads OpenDocument',
      '<text:p>Password: <text:span>ot</text:span>ter<text:s/>x</text:p><text:h>y</text:h>',
      'Password: otter x\ny',
    ],
    ['reads the strings of a sheet', '<si><t>one</t></si><si><r><t>t</t></r><r><t>wo</t></r></si>', 'one\ntwo'],
    ['reads slides', '<a:p><a:r><a:t>pass</a:t></a:r><a:r><a:t>word</a:t></a:r></a:p>', 'password'],
    [
      'undoes what is escaped',
      run('&lt;a&gt; &amp;amp; &#39;&#x20AC;&quot; &toString; &x'),
      `<a> &amp; '€" &toString; &x`,
    ],
    [
      'takes no line for how the markup is laid out',
      `<?xml version="1.0"?>\n${paragraph('a')}\n  ${paragraph('b ', ' ', 'c')}`,
      'a\nb  c',
    ],
    ['keeps other letters', run('Schlüssel 鍵'), 'Schlüssel 鍵'],
    ['takes no tag for what every object has', '<constructor/><w:t>a</w:t></toString><w:t>b</w:t>', 'ab'],
  ]
  for (const [what, markup, text] of cases)
    it(`${what}, wherever its bytes are cut`, async () => {
      for (const size of [1, 7, 10_000]) {
        const found = (await gather(officeText(inPieces(Buffer.from(WORD + markup), size)))).toString('utf8')
        assert.equal(found, text, `pieces of ${size} bytes`)
      }
    })

  it('gives what never becomes a tag as it is, and holds little of it', async () => {
    const text = `<${'a'.repeat(300_000)}${`<${'b'.repeat(50_000)}`.repeat(40)}`
    assert.equal((await gather(officeText(inPieces(Buffer.from(text), 1000)))).toString(), text)
  })

  const odf = '<office:document-content xmlns:office="urn:oasis:names:tc:opendocument:xmlns:office:1.0">'
  const names: readonly (readonly [path: string, head: string, kind: string | undefined])[] = [
    ['word/document.xml', WORD, 'office-text'],
    ['word/header2.xml', WORD, 'office-text'],
    ['ppt/slides/slide12.xml', WORD, 'office-text'],
    ['content.xml', odf, 'office-text'],
    ['content.xml', '<content><p>x</p></content>', undefined],
    ['word/styles.xml', WORD, undefined],
    ['word/document.xml.txt', WORD, undefined],
  ]
  for (const [path, head, kind] of names)
    it(`${path}: ${kind ?? 'none'}`, () => assert.equal(sniffNested(path, Buffer.from(head)), kind))
})
