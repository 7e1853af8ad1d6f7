// Laws of the editor, over generated files in the styles people write and over the fixtures: lines that are not edited keep their
// bytes, and the model is the one from before but for what was meant to change.
import assert from 'node:assert/strict'
import { cpSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join, relative } from 'node:path'
import fc from 'fast-check'
import { parse } from 'yaml'
import { type EditStep, editCompose } from '../../../src/compose/edit.js'
import { declareSecret } from '../../../src/compose/edit-declare.js'
import { replaceEntry } from '../../../src/compose/edit-entries.js'
import { grantSecret } from '../../../src/compose/edit-grants.js'
import { removeEntry } from '../../../src/compose/edit-remove.js'
import { EditRefusedError } from '../../../src/compose/errors.js'
import { loadProject } from '../../../src/compose/load.js'
import type { LocatedValue } from '../../../src/compose/types.js'
import { fixturesFolder, readFixture } from '../../fixtures/compose-fixtures.js'

interface Style {
  readonly step: number
  readonly dash: number
  readonly form: 'map' | 'list' | 'flow-map' | 'flow-list'
  readonly quote: '' | '"' | "'"
  readonly secrets: 'none' | 'block' | 'flow' | 'long' | 'empty'
  readonly top: 'none' | 'block' | 'flow' | 'before'
  readonly eol: '\n' | '\r\n'
  readonly bom: boolean
  readonly lastNewline: boolean
  readonly comments: boolean
  readonly blank: boolean
  readonly block: '' | '|' | '>-' | '|+'
  readonly entries: number
  readonly chosen: number
  readonly followed: boolean
}

const style: fc.Arbitrary<Style> = fc.record({
  step: fc.constantFrom(2, 3, 4),
  dash: fc.constantFrom(0, 2),
  form: fc.constantFrom('map', 'list', 'flow-map', 'flow-list'),
  quote: fc.constantFrom('', '"', "'"),
  secrets: fc.constantFrom('none', 'block', 'flow', 'long', 'empty'),
  top: fc.constantFrom('none', 'block', 'flow', 'before'),
  eol: fc.constantFrom('\n', '\r\n'),
  bom: fc.boolean(),
  lastNewline: fc.boolean(),
  comments: fc.boolean(),
  blank: fc.boolean(),
  block: fc.constantFrom('', '|', '>-', '|+'),
  entries: fc.integer({ min: 1, max: 3 }),
  chosen: fc.integer({ min: 0, max: 2 }),
  followed: fc.boolean(),
})

function environmentLines(s: Style, indent: (level: number) => string): string[] {
  const { quote: q } = s
  const keys = Array.from({ length: s.entries }, (_, index) => `KEY_${index}`)
  const pair = (key: string) => (s.form.endsWith('map') ? `${key}: ${q}väl ${key}${q}` : `${q}${key}=väl ${key}${q}`)
  if (s.form.startsWith('flow')) {
    const [open, close] = s.form === 'flow-map' ? ['{', '}'] : ['[', ']']
    return [`${indent(2)}environment: ${open}${keys.map(pair).join(', ')}${close}`]
  }
  const prefix = s.form === 'map' ? indent(3) : `${indent(2)}${' '.repeat(s.dash)}- `
  return [
    `${indent(2)}environment:`,
    ...keys.flatMap((key) => [
      ...(s.comments ? [`   # about ${key}  `] : []),
      `${prefix}${pair(key)}${s.comments ? '   # note' : ''}`,
      ...(s.blank ? ['  '] : []),
    ]),
  ]
}

function secretLines(s: Style, indent: (level: number) => string): string[] {
  const dash = `${indent(2)}${' '.repeat(s.dash)}- `
  if (s.secrets === 'block') return [`${indent(2)}secrets:`, `${dash}old`]
  if (s.secrets === 'flow') return [`${indent(2)}secrets: [old]`]
  if (s.secrets === 'long') return [`${indent(2)}secrets:`, `${dash}source: old`, `${dash.replace('-', ' ')}target: t`]
  return s.secrets === 'empty' ? [`${indent(2)}secrets:`] : []
}

function composeText(s: Style): string {
  const indent = (level: number) => ' '.repeat(level * s.step)
  const secrets =
    s.top === 'flow' ? ['secrets: {old: {file: o}}'] : ['secrets:', `${indent(1)}old:`, `${indent(2)}file: o`]
  const note =
    s.block === ''
      ? []
      : [
          `${indent(2)}x-note: ${s.block}`,
          `${indent(3)}some`,
          `${indent(3)}text`,
          ...(s.block === '|+' ? ['', ''] : []),
        ]
  const lines = [
    ...(s.comments ? ['# a project'] : []),
    ...(s.top === 'before' ? secrets : []),
    'services:',
    ...(s.blank ? [''] : []),
    `${indent(1)}app:`,
    `${indent(2)}image: app   `,
    ...secretLines(s, indent),
    ...environmentLines(s, indent),
    ...note,
    ...(s.followed ? ['', `${indent(1)}# next`, `${indent(1)}other: {image: o}`] : []),
    ...(s.top === 'block' || s.top === 'flow' ? secrets : []),
    ...(s.comments ? ['', '# the end'] : []),
  ]
  return (s.bom ? '\ufeff' : '') + lines.join(s.eol) + (s.lastNewline ? s.eol : '')
}

type Env = Record<string, string> | string[]
interface Model {
  services: { app: { environment?: Env; secrets?: unknown[] | null } }
  secrets?: Record<string, unknown>
}

const model = (text: string): Model => parse(text.replace(/^\ufeff/, ''))

function withoutKey(env: Env, key: string, instead?: readonly [string, string]): Env {
  if (Array.isArray(env))
    return env.flatMap((item) =>
      item.startsWith(`${key}=`) ? (instead === undefined ? [] : [instead.join('=')]) : [item],
    )
  return Object.fromEntries(
    Object.entries(env).flatMap(([name, value]) =>
      name === key ? (instead === undefined ? [] : [[...instead]]) : [[name, value]],
    ),
  )
}

const withoutEnd = (line: string) => line.replace(/\r?\n$/, '')

/** True where `lines` come in `text` in this order, whatever stands between; line ends are compared apart. */
function keepsLines(text: string, lines: readonly string[]): boolean {
  let at = 0
  const all = text.split(/(?<=\n)/).map(withoutEnd)
  return lines.every((line) => {
    const found = all.indexOf(withoutEnd(line), at)
    at = found + 1
    return found !== -1
  })
}

function tryEdit(text: string, steps: readonly EditStep[]): string | undefined {
  try {
    return Buffer.from(editCompose('compose.yaml', Buffer.from(text), steps)).toString()
  } catch (error) {
    if (error instanceof EditRefusedError) return undefined
    throw error
  }
}

/** Lines that no edit of `key` may touch. */
function untouched(text: string, key: string): string[] {
  const edited = (line: string) => line.includes(`${key}:`) || line.includes(`${key}=`) || /secrets: [[{]/.test(line)
  return text.split(/(?<=\n)/).filter((line) => !edited(line))
}

describe('laws of the editor', function () {
  this.timeout(120_000)

  it('moving an entry changes that entry, the grant and the declaration, and nothing else', () => {
    let done = 0
    fc.assert(
      fc.property(style, (s) => {
        const key = `KEY_${s.chosen % s.entries}`
        const text = composeText(s)
        const edited = tryEdit(text, [
          (file) =>
            replaceEntry(
              file,
              { section: ['services', 'app', 'environment'], key },
              { key: `${key}_FILE`, value: '/run/secrets/new' },
            ),
          (file) => grantSecret(file, ['services', 'app'], { source: 'new' }),
          (file) => declareSecret(file, 'new', { file: './secrets/new' }),
        ])
        if (edited === undefined) return
        done++
        const expected = model(text)
        const { app } = expected.services
        app.environment = withoutKey(app.environment ?? {}, key, [`${key}_FILE`, '/run/secrets/new'])
        app.secrets = [...(app.secrets ?? []), 'new']
        expected.secrets = { ...expected.secrets, new: { file: './secrets/new' } }
        assert.deepEqual(model(edited), expected)
        assert.ok(keepsLines(edited, untouched(text, key)), edited)
        assert.equal(edited.startsWith('\ufeff'), s.bom)
        assert.equal(edited.endsWith('\n'), text.endsWith('\n'))
        assert.equal(s.eol === '\r\n' ? /[^\r]\n/.test(edited) : edited.includes('\r'), false, 'line ends are mixed')
      }),
      { numRuns: 400 },
    )
    assert.ok(done > 300, `only ${done} of 400 files could be edited`)
  })

  it('removing an entry removes that entry, and its section where it was the only one', () => {
    let done = 0
    fc.assert(
      fc.property(style, (s) => {
        const key = `KEY_${s.chosen % s.entries}`
        const text = composeText(s)
        const edited = tryEdit(text, [
          (file) => removeEntry(file, { section: ['services', 'app', 'environment'], key }),
        ])
        if (edited === undefined) return
        done++
        const expected = model(text)
        const { app } = expected.services
        app.environment = withoutKey(app.environment ?? {}, key)
        if (Object.keys(app.environment).length === 0) delete app.environment
        assert.deepEqual(model(edited), expected)
        const kept = untouched(text, key).filter((line) => s.entries > 1 || line.trim() !== 'environment:')
        assert.ok(keepsLines(edited, kept), edited)
        assert.equal(s.eol === '\r\n' ? /[^\r]\n/.test(edited) : edited.includes('\r'), false, 'line ends are mixed')
      }),
      { numRuns: 400 },
    )
    assert.ok(done > 300, `only ${done} of 400 files could be edited`)
  })
})

interface Service {
  environment?: Record<string, unknown>
  secrets?: { source: string; target: string }[] | undefined
}

const services = (project: { model: { services?: unknown } }) =>
  structuredClone(project.model.services ?? {}) as Record<string, Service>

/** Values that one edit moves whole: written once in the project, in the block of the service that has it. */
function movable(value: LocatedValue, all: readonly LocatedValue[]): boolean {
  const sameKey = all.filter(
    ({ key, section }) => key === value.key && (section === 'environment' || section === 'env-file-entry'),
  )
  const own = value.via.every((via) => via === 'include') && value.usedBy.length > 0
  return value.section === 'environment' && value.literal && !value.passThrough && own && sameKey.length === 1
}

describe('one value of each fixture moved: the resolved model differs by that value alone', () => {
  let folder: string
  beforeEach(() => {
    folder = mkdtempSync(join(tmpdir(), 'compose-laws-'))
  })
  afterEach(() => rmSync(folder, { recursive: true, force: true }))

  for (const name of readdirSync(fixturesFolder).sort()) {
    it(name, async () => {
      const root = join(folder, name)
      cpSync(join(fixturesFolder, name), root, { recursive: true })
      const options = { ...readFixture(root), cwd: root }
      const before = await loadProject(options)
      for (const value of before.values.filter((each) => movable(each, before.values))) {
        const original = readFileSync(value.file)
        const key = value.key ?? ''
        const container = value.path.slice(0, -2)
        const edited = await moveValue(value, container, original, join(root, relative(root, value.file)))
        if (!edited) continue
        const after = await loadProject(options)
        const expected = services(before)
        const changed = services(after)
        for (const service of value.usedBy) {
          const [was, is] = [expected[service], changed[service]]
          if (was === undefined || is === undefined) continue
          delete was.environment?.[key]
          assert.equal(is.environment?.[`${key}_FILE`], '/run/secrets/moved', `${service}.${key}`)
          delete is.environment?.[`${key}_FILE`]
          is.secrets = is.secrets?.filter((secret) => secret.source !== 'moved')
          if (is.secrets?.length === 0) delete is.secrets
        }
        assert.deepEqual(changed, expected, `${name}: ${key}`)
        writeFileSync(value.file, original)
      }
    })
  }

  async function moveValue(
    value: LocatedValue,
    container: LocatedValue['path'],
    original: Buffer,
    file: string,
  ): Promise<boolean> {
    const key = value.key ?? ''
    try {
      const edited = editCompose(file, original, [
        (open) =>
          replaceEntry(
            open,
            { section: value.path.slice(0, -1), key },
            { key: `${key}_FILE`, value: '/run/secrets/moved' },
          ),
        (open) => grantSecret(open, container, { source: 'moved' }),
        (open) => declareSecret(open, 'moved', { file: './moved' }),
      ])
      writeFileSync(file, edited)
      return true
    } catch (error) {
      if (error instanceof EditRefusedError) return false
      throw error
    }
  }
})
