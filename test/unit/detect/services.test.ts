// Rules made from the table of services: what they find beside a service's name, and what they leave.
import assert from 'node:assert/strict'
import { readdirSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { createTextDetector } from '../../../src/detect/detector.js'
import { parseRulePack } from '../../../src/detect/rule-pack.js'
import { ruleSetOf } from '../../../src/detect/rule-set.js'
import { testRules } from '../../../src/detect/rule-test.js'
import { expandServices, type ServiceRow, serviceProblem } from '../../../src/detect/services.js'
import { packageRoot } from '../../../src/support/package-root.js'

const acme: ServiceRow = {
  service: 'acme-maps',
  title: 'Acme Maps',
  alphabet: 'hex',
  length: 32,
  revoke: 'https://acme.example/keys',
}
const VALUE = `4f0c9a7e${'1d2b83c65e90f7a4'}b8d3c216`

/** The values that the row's rule finds in `text`, without those explained away. */
function found(row: ServiceRow, text: string): readonly string[] {
  const detector = createTextDetector(ruleSetOf(expandServices([row], 'own')), { maxDecodeDepth: 0 })
  const { matches } = detector.scan({ bytes: Buffer.from(text), offset: 0, last: true })
  return matches.filter((match) => match.allowed === undefined).map((match) => Buffer.from(match.value).toString())
}

describe('service rules', () => {
  it('a service that people run themselves is not only to be told of a page of its cloud', () => {
    const adviceOf = (row: ServiceRow) => expandServices([row], 'own')[0]?.remediation
    assert.equal(adviceOf(acme), 'Revoke it at https://acme.example/keys and issue a new one.')
    assert.match(adviceOf({ ...acme, selfHosted: true }) ?? '', /^Where you run the service yourself, change it there/)
  })

  for (const text of [
    `ACME_MAPS_API_KEY=${VALUE}`,
    `acmeMapsToken: "${VALUE}"`,
    `acme-maps.key = '${VALUE}'`,
    `{"acme.maps": {"secret": "${VALUE}"}}`,
    `https://acme-maps.example/v1/tiles?key=${VALUE}`,
    `https://tiles.acme-maps.example/v2/${VALUE}`,
    `https://tiles.acme-maps.example/v2/${VALUE}/latest`,
    `https://tiles.acme-maps.example/v2/${VALUE}/latest/EUR`,
    `Acme Maps key: ${VALUE}`,
    `# Acme Maps\nTILES=${VALUE}`,
    `# Acme Maps\nexport ACME_MAPS_PASSWORD=${VALUE}`,
    `<key>AcmeMapsKey</key>\n\t<string>${VALUE}</string>`,
    `acme_maps: |\n  ${VALUE}`,
    `acme maps key = <${VALUE}>`,
    `K=\${ACME_MAPS_KEY:-${VALUE}}`,
    `{"text": "# acme-maps\\n${VALUE}\\n"}`,
    `acme-maps acme-maps acme_maps_key = ${VALUE}`,
    `acme_maps: {acme_maps_key: "${VALUE}"}`,
    `ACME_MAPS_URL=x\nACME_MAPS_KEY=${VALUE}`,
    `ACME_MAPS_SID=12\nAUTH_TOKEN=${VALUE}`,
  ])
    it(`finds the value in ${text.replace(VALUE, '…')}`, () => assert.deepEqual(found(acme, text), [VALUE]))

  for (const text of [
    `ACME_MAPS_API_KEY=${VALUE}0`,
    `ACME_MAPS_API_KEY=${VALUE.slice(1)}`,
    `OTHER_API_KEY=${VALUE}`,
    `acme_maps_key = ${VALUE}/x9Q`,
    `acme-maps sha256 ${VALUE}`,
    `USER=acme-maps\n\nREDIS_PASS=${VALUE}`,
    `acme-maps:\n  password: "${VALUE}"`,
    `ACME_MAPS_KEY=\nOPENAI_API_KEY=${VALUE}`,
    `ACME_MAPS_KEY=granite\nexport OPENAI_KEY="${VALUE}"`,
    `ACME_MAPS_POSTGRESQL__PASSWORD=${VALUE}`,
    `acme-maps.db.password: ${VALUE}`,
    `https://acme-maps.example/pictures/${VALUE}`,
    `acme-maps: { integrity: "${VALUE}" }`,
    `acme-maps is far away from this value, which stands at the end: ${VALUE}`,
    `ACME_MAPS_API_KEY=${'0'.repeat(32)}`,
    `<img src="/static/acme-maps-logo.${VALUE}.svg">`,
    `https://github.com/acme-maps/sdk/blob/${VALUE}/README.md`,
  ])
    it(`leaves ${text.replace(VALUE, '…')}`, () => assert.deepEqual(found(acme, text), []))

  it('a name within another word, behind the name itself, is no beginning of its own', () => {
    const row: ServiceRow = { ...acme, names: ['acme'], alphabet: 'any' }
    assert.deepEqual(found(row, `acme/placme = ${VALUE}`), [VALUE])
    assert.deepEqual(found(row, `placme = ${VALUE}`), [])
  })

  it('the dash before a default of a shell belongs to no random value', () => {
    const random = 'aK3x9LqT4bWz7mN7pR2v'
    assert.deepEqual(found({ ...acme, alphabet: 'any' }, `K=\${ACME_MAPS_KEY:-${random}}`), [random])
    assert.deepEqual(found({ ...acme, guess: true }, `K=\${ACME_MAPS_KEY:-${random}}`), [random])
  })

  it('a name that is a common word needs an identifier with key, token or the like', () => {
    const row: ServiceRow = { ...acme, service: 'front', title: 'Front', word: true }
    assert.deepEqual(found(row, `FRONT_API_TOKEN=${VALUE}`), [VALUE])
    assert.deepEqual(found(row, `front token = '${VALUE}'`), [VALUE])
    assert.deepEqual(found(row, `the front door is ${VALUE}`), [])
    assert.deepEqual(found(row, `"front": "${VALUE}"`), [])
  })

  it('behind a common word the value stands alone, with nothing but signs between', () => {
    const row: ServiceRow = { ...acme, service: 'front', title: 'Front', word: true }
    for (const text of [
      `front\n${VALUE}`,
      `front: '${VALUE}'`,
      `| front | ${VALUE} |`,
      `front,${VALUE}`,
      `Front \`${VALUE}\``,
    ])
      assert.deepEqual(found(row, text), [VALUE], text)
    for (const text of [`upfront: '${VALUE}'`, `front-${VALUE}`, `front/${VALUE}`, `front.${VALUE}`])
      assert.deepEqual(found(row, text), [], text)
  })

  it('a prefix like no other needs no name', () => {
    const row: ServiceRow = { ...acme, prefix: 'acm_', alone: true }
    assert.deepEqual(found(row, `x = "acm_${VALUE}"`), [`acm_${VALUE}`])
    for (const text of [`x = "pacm_${VALUE}"`, `x = "acm_${VALUE}0"`, `acme-maps: ${VALUE}`])
      assert.deepEqual(found(row, text), [], text)
  })

  it('a value that reads as words is the name of something', () => {
    const row: ServiceRow = { ...acme, alphabet: 'word', length: [32, 64] }
    assert.deepEqual(found(row, 'acme-maps\nacme-maps0-source-control-extension-tools\t5.8.1'), [])
    assert.deepEqual(found(row, `acme-maps\n${VALUE}-${VALUE.slice(8, 16)}`), [`${VALUE}-${VALUE.slice(8, 16)}`])
  })

  it('a constant of a program is no key, what only has its underscores is one', () => {
    const row: ServiceRow = { ...acme, alphabet: 'any' }
    for (const constant of [
      '_ZTV24X8x8b0q1k2zPassE_9',
      'ZN4l8x8b0q1k2zPassE_2_E9q',
      'RGBA_ASTC_10x5_Format',
      'COMPRESSED_RGBA_S3TC_DXT5',
      'RGBA_PVRTC_2BPPV1_Format',
    ])
      assert.deepEqual(found(row, `acme_maps = ${constant};`), [], constant)
    for (const key of ['aK3_x9LqT_4bWz_mN7pR2', 'Q7XK2_M9RT4_ZP81W_LC5D'])
      assert.deepEqual(found(row, `acme_maps = ${key};`), [key])
  })

  it('the case of the value counts though that of the name does not', () => {
    assert.deepEqual(found(acme, `ACME_MAPS_KEY=${VALUE.toUpperCase()}`), [])
  })

  for (const [row, problem] of [
    [{ ...acme, alphabet: 'hexx' }, /alphabet/],
    [{ ...acme, length: 'many' }, /length/],
    [{ ...acme, revoke: 'http://acme.example' }, /revoke/],
    [{ ...acme, service: 'Acme Maps' }, /kebab/],
    [{ ...acme, colour: 'red' }, /colour/],
    ['acme', /map/],
  ] as const)
    it(`refuses a row: ${problem.source}`, () => assert.match(serviceProblem(row) ?? '', problem))
})

describe('built-in rules', () => {
  const folder = join(packageRoot(), 'patterns')
  const rules = readdirSync(folder)
    .filter((name) => name.endsWith('.yaml'))
    .flatMap((name) => parseRulePack(readFileSync(join(folder, name), 'utf8'), name))

  it('no id stands twice', () => {
    const ids = rules.map(({ id }) => id)
    assert.deepEqual(
      ids.filter((id, index) => ids.indexOf(id) !== index),
      [],
    )
  })

  it('every example of every rule holds', function () {
    this.timeout(60_000)
    assert.deepEqual(testRules(ruleSetOf(rules)), [])
  })

  it('every remediation of a named rule says what to do in a sentence', () => {
    for (const { id, remediation } of rules) assert.match(remediation, /^[A-Z].{20,}[.)]$/, id)
  })

  it('every rule beside a service says on which page its key is revoked, and no more than 450 of all say it in words alone', () => {
    const wordy = rules.filter(({ remediation }) => !remediation.includes('https://'))
    assert.deepEqual(
      wordy.filter(({ kind }) => kind === 'service').map(({ id }) => id),
      [],
    )
    assert.ok(wordy.length <= 450, `${wordy.length}`)
  })

  it('only rules that have no pattern have no examples', () => {
    const bare = rules.filter(({ examples }) => examples.length < 2)
    assert.deepEqual(
      bare.filter(({ pattern }) => pattern !== undefined).map(({ id }) => id),
      [],
    )
    assert.ok(bare.length <= 17, `${bare.length}`)
  })

  it('no token stands whole in a pack: long runs are cut by {+}', () => {
    for (const name of readdirSync(folder)) {
      const text = readFileSync(join(folder, name), 'utf8')
      const examples = text.split('\n').filter((line) => line.includes('«'))
      for (const line of examples)
        for (const [run] of line.matchAll(/[0-9A-Za-z_-]{41,}/g))
          assert.fail(`${name}: ${run.slice(0, 12)}… stands whole`)
    }
  })
})
