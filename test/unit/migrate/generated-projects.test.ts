// Whole migrations of generated projects, on disk: what moved is in the secrets to the byte, nothing else changed, there is nothing to
// do a second time, and the way back is exact.
import assert from 'node:assert/strict'
import { mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join, relative } from 'node:path'
import { diffLines } from 'diff'
import fc from 'fast-check'
import { loadProject } from '../../../src/compose/load.js'
import { applyPlan } from '../../../src/migrate/apply.js'
import { assertValid } from '../../../src/migrate/check-model.js'
import { gather } from '../../../src/migrate/gather.js'
import type { Planned } from '../../../src/migrate/plan.js'
import { openValues } from '../../../src/migrate/read-values.js'
import { rollback } from '../../../src/migrate/rollback.js'
import { makeSafePlan } from '../../../src/migrate/safe-plan.js'
import { openComposeFileStore } from '../../../src/migrate/stores/compose-file.js'
import { composeProject, type GeneratedProject } from '../../fixtures/compose-projects.js'
import { SHELL } from './in-memory.js'

/** Projects of a run; more by hand: RUNS=2000. */
const RUNS = Number(process.env.RUNS ?? 15)
/** Lines that an edit may take away although no value stands in them: what holds values, and commands that are written anew. */
const HOLDER =
  /^\s*(?:-\s*)?(?:environment|configs|labels|command|entrypoint|test|content|ini|source|target|healthcheck)\b|^\s*["[\]]|^\s*- (?:ini|redis-server|--requirepass)|^\s*(?:redis-server|--requirepass)|^\s*$|password =|\[db\]/

describe('migrate: generated projects', function () {
  this.timeout(600_000)
  let folder: string
  beforeEach(() => {
    folder = mkdtempSync(join(tmpdir(), 'secretscan-generated-'))
  })
  afterEach(() => rmSync(folder, { recursive: true, force: true }))

  const load = () => ({ files: [], profiles: [], env: {}, cwd: folder })
  const openStore = (hasher: { hmac: (value: never) => string }) =>
    openComposeFileStore({ projectDir: folder, secretsDir: './secrets', hasher: hasher as never })

  async function plan(seen: boolean) {
    // Every image looks alike, or none can be looked at.
    const facts = Object.assign(new Map(), { has: () => true, get: () => (seen ? SHELL : { missing: 'not pulled' }) })
    const gathered = await gather({
      load: load(),
      to: 'compose-file',
      storeOptions: { 'secrets-dir': './secrets' },
      select: [],
      names: {},
      facts,
      openStore: async () => openStore({ hmac: () => '' }),
      detect: async (project) => (file, start) =>
        project.values.some(
          (each) => each.file === file && each.start === start && each.resolved.includes('password ='),
        )
          ? { title: 'Made up' }
          : undefined,
      images: true,
      sourceOptions: {} as never,
      findings: async () => undefined,
      literals: async () => [],
      secretTexts: async () => [],
      ownFindings: async () => [],
      on: () => undefined,
    })
    const planned = await makeSafePlan(gathered, load())
    const after = await loadProject({ ...load(), overlay: planned.staged })
    assertValid(gathered.project, after)
    return { gathered, planned }
  }

  function contents(): Readonly<Record<string, string>> {
    const names = readdirSync(folder, { recursive: true, withFileTypes: true })
      .filter((entry) => entry.isFile())
      .map((entry) => relative(folder, join(entry.parentPath, entry.name)))
      .filter((name) => !name.startsWith('.secretscan'))
    return Object.fromEntries(names.sort().map((name) => [name, readFileSync(join(folder, name), 'latin1')]))
  }

  function checkLines(before: string, after: string, { moves }: Planned): void {
    const secrets = moves.flatMap(({ candidate }) => [candidate.variable, candidate.value.key ?? ''])
    for (const { removed, value } of diffLines(before, after)) {
      if (removed !== true) continue
      for (const line of value.split('\n').filter((each) => each.trim() !== ''))
        assert.ok(
          HOLDER.test(line) || secrets.some((each) => each !== '' && line.includes(each)) || !line.endsWith('\n'),
          `a line of its own is gone: ${line}`,
        )
    }
  }

  async function migrateAll({ files }: GeneratedProject, seen: boolean): Promise<void> {
    rmSync(folder, { recursive: true, force: true })
    mkdirSync(folder)
    for (const [name, text] of Object.entries(files)) writeFileSync(join(folder, name), text)
    const before = contents()
    const { gathered, planned } = await plan(seen)
    const said = [...planned.moves, ...planned.left].map(({ candidate }) => candidate.id)
    const readAnew = planned.readAnew.map(({ id }) => id)
    // What was to come along with a secret stays without a word where that goes another way.
    for (const { id, companion } of gathered.candidates) {
      const count = [...said, ...readAnew].filter((each) => each === id).length
      assert.ok(count === 1 || (count === 0 && companion === true), `${id} is said once`)
    }
    const options = { signal: new AbortController().signal, on: () => undefined }
    if (planned.plan.steps.length === 0) return
    const { id } = await applyPlan(planned.plan, {
      ...options,
      openStore: async (_, hasher) => openStore(hasher),
      readValue: await openValues(load()),
      checkStaged: async () => undefined,
    })
    const after = contents()
    for (const name of Object.keys(files)) checkLines(before[name] ?? '', after[name] ?? '', planned)
    for (const { candidate, strategy, name } of planned.moves) {
      const text = Buffer.from(after[`secrets/${name}`] ?? '', 'latin1').toString('utf8')
      assert.equal(strategy.by === 'settings' ? text.slice('default_pass = '.length, -1) : text, candidate.secret)
    }
    const again = await plan(seen)
    assert.deepEqual(
      again.planned.moves.map(({ candidate }) => candidate.id),
      [],
    )
    const isLeft = (value: { readonly candidate: { readonly id: string } }) => value.candidate.id
    assert.deepEqual(again.planned.left.map(isLeft).sort(), planned.left.map(isLeft).sort())
    await rollback(folder, id, { keepSecrets: false, openStore: async (_, hasher) => openStore(hasher) })
    assert.deepEqual(contents(), before)
  }

  for (const seen of [true, false])
    it(seen ? 'where images can be looked at' : 'by the table alone', () =>
      fc.assert(
        fc.asyncProperty(composeProject, (project) => migrateAll(project, seen)),
        {
          numRuns: RUNS,
          endOnFailure: process.env.SHRINK === undefined,
          ...(process.env.SEED === undefined ? {} : { seed: Number(process.env.SEED) }),
        },
      ),
    )
})
