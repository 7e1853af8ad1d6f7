// One run at a time, and none that waits for a dead one: what the lock of a project says of who holds it.
import assert from 'node:assert/strict'
import { type ChildProcess, spawn, spawnSync } from 'node:child_process'
import { once } from 'node:events'
import {
  existsSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  utimesSync,
  writeFileSync,
} from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { withLock, workspaceOf } from '../../../src/migrate/workspace.js'
import type { SecretscanError } from '../../../src/support/errors.js'
import { livenessOf, ownIdentity } from '../../../src/support/process-identity.js'

const CHILD = fileURLToPath(new URL('../../fixtures/lock-child.js', import.meta.url))

describe('migrate: the lock of a project', function () {
  this.timeout(60_000)
  let project: string
  let lock: string
  let own: readonly string[]
  const children: ChildProcess[] = []
  const taking = () => withLock(workspaceOf(project), async () => readdirSync(lock))

  before(async () => {
    own = (await ownIdentity())?.split('-') ?? []
    assert.equal(own.length, 5, 'this machine tells')
  })
  beforeEach(() => {
    project = mkdtempSync(join(tmpdir(), 'secretscan-lock-'))
    lock = join(project, '.secretscan', 'lock')
    mkdirSync(join(project, '.secretscan'))
  })
  afterEach(async () => {
    for (const child of children.splice(0)) {
      if (child.exitCode !== null || child.signalCode !== null) continue
      child.kill('SIGKILL')
      await once(child, 'exit')
    }
    rmSync(project, { recursive: true, force: true })
  })

  /** A lock that somebody has left `seconds` ago. */
  function left(names: readonly string[], seconds = 0): void {
    mkdirSync(lock)
    for (const name of names) writeFileSync(join(lock, name), '')
    const then = new Date(Date.now() - seconds * 1000)
    utimesSync(lock, then, then)
  }

  /** @returns the first line that it says */
  async function start(): Promise<{ readonly child: ChildProcess; readonly says: string }> {
    const child = spawn(process.execPath, [CHILD, project], { stdio: ['pipe', 'pipe', 'inherit'] })
    children.push(child)
    const [line] = (await once(child.stdout, 'data')) as [Buffer]
    return { child, says: line.toString().trim() }
  }
  const refusal = (): Promise<SecretscanError> =>
    taking().then(
      () => assert.fail('it was taken'),
      (error: SecretscanError) => error,
    )

  const ended = () => String(spawnSync('true').pid)
  const [boot, container] = ['0'.repeat(32), '1']
  const dead: Readonly<Record<string, () => readonly string[]>> = {
    'a process that has ended': () => [[ended(), ...own.slice(1)].join('-')],
    'one whose number another process has by now': () => [[own[0], '1', ...own.slice(2)].join('-')],
    'two that ended at the same time': () => ['1', '2'].map((start) => [ended(), start, ...own.slice(2)].join('-')),
  }
  for (const [who, names] of Object.entries(dead))
    it(`of ${who} is taken over at once, and gone behind the run`, async () => {
      left(names())
      assert.deepEqual(await taking(), [own.join('-')])
      assert.equal(existsSync(lock), false)
    })

  const untold: Readonly<Record<string, () => readonly string[]>> = {
    'another container': () => [[...own.slice(0, 3), container, own[4]].join('-')],
    'another machine, or this one before it was started anew': () => [
      [...own.slice(0, 2), boot, ...own.slice(3)].join('-'),
    ],
    'a system that does not tell': () => ['unknown-0123456789abcdef'],
    'a process that was killed before it said who it is': () => [],
  }
  for (const [where, names] of Object.entries(untold))
    it(`of ${where} is free when nothing has renewed it for so long, and until then says when`, async () => {
      left(names(), 10)
      const { message, hint = '', exitCode } = await refusal()
      assert.equal(exitCode, 6)
      assert.doesNotMatch(message, /is running|is changing/)
      const [, time = ''] = /Try again after (\d\d:\d\d:\d\d) UTC/.exec(hint) ?? []
      const seconds = (Date.parse(`${new Date().toISOString().slice(0, 11)}${time}Z`) - Date.now()) / 1000
      assert.ok(seconds > 0 && seconds <= 20, hint)
      assert.deepEqual(readdirSync(lock), names(), 'it is left alone')
      rmSync(lock, { recursive: true })
      left(names(), 31)
      assert.deepEqual(await taking(), [own.join('-')])
    })

  it('of a process that lives is not taken over, however long it was not renewed; behind its death at once', async () => {
    const { child, says } = await start()
    assert.equal(says, 'held')
    const long = new Date(Date.now() - 3_600_000)
    utimesSync(lock, long, long)
    assert.match((await refusal()).message, new RegExp(`is changing .*process ${child.pid}`))
    child.kill('SIGSTOP')
    while ((await livenessOf(readdirSync(lock)[0] ?? '')) !== 'suspended') await new Promise(setImmediate)
    assert.match((await refusal()).hint ?? '', /suspended/)
    child.kill('SIGKILL')
    await once(child, 'exit')
    assert.deepEqual(await taking(), [own.join('-')])
  })

  it('of a process that has ended, of which nobody has taken notice, is taken over', async () => {
    const parent = spawn('sh', ['-c', 'sleep 0.5 & echo $!; exec sleep 60'], { stdio: ['ignore', 'pipe', 'inherit'] })
    children.push(parent)
    const [line] = (await once(parent.stdout, 'data')) as [Buffer]
    const stat = () => readFileSync(`/proc/${line.toString().trim()}/stat`, 'utf8').split(') ')[1]?.split(' ') ?? []
    while (stat()[0] !== 'Z') await new Promise(setImmediate)
    left([[line.toString().trim(), stat()[19], ...own.slice(2)].join('-')])
    assert.deepEqual(await taking(), [own.join('-')])
  })

  it('this process has it once', async () => {
    await withLock(workspaceOf(project), async () => {
      assert.match((await refusal()).message, new RegExp(`process ${process.pid}`))
    })
    assert.equal((await taking()).length, 1)
  })

  it('of many that come at once over a dead one, one at a time has it', async () => {
    left(dead['a process that has ended']?.() ?? [])
    const started = await Promise.all(Array.from({ length: 6 }, start))
    const holders = started.filter(({ says }) => says === 'held')
    assert.equal(holders.length, 1)
    assert.deepEqual(new Set(started.map(({ says }) => says)), new Set(['held', 'LOCKED']))
    for (const { child } of holders) {
      child.stdin?.end()
      await once(child, 'exit')
    }
    assert.equal(readFileSync(join(project, 'log'), 'utf8'), 'begin\nend\n')
    assert.equal((await taking()).length, 1)
  })
})
