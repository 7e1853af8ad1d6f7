// What a migration has done so far, one fsynced line a fact, so that a run killed at any point can be finished or taken back.
import { randomBytes } from 'node:crypto'
import { readdir, readFile, rm, truncate } from 'node:fs/promises'
import { join } from 'node:path'
import { appendDurably, makePrivateFolder, writeAtomic } from '../support/atomic.js'
import { NotFoundError, UsageError } from '../support/errors.js'
import { type JournalRecord, type MigrationState, parseRecords } from './journal-record.js'
import { projectPath } from './project-files.js'
import type { MigrationPlan, StoredSecret } from './types.js'
import type { Workspace } from './workspace.js'

const ID = /^\d{4}-\d{2}-\d{2}-[0-9a-f]{4,8}$/

/** A run of which nobody can tell what it has done. */
export interface DamagedJournal {
  readonly id: string
  readonly problem: UsageError
}

interface Place {
  readonly projectDir: string
  readonly folder: string
}

/** One migration's folder: plan.json, journal.jsonl, originals/ and staged/. */
export class Journal {
  readonly id: string
  readonly folder: string
  /** Its files are those of the project as it lies now: it may have been moved or copied since. */
  readonly plan: MigrationPlan
  /** The project's folder when the migration was made. */
  readonly madeIn: string
  #records: JournalRecord[]
  /** Bytes of the journal's file that are whole lines, where a crash left part of one behind them. */
  #whole: number | undefined

  private constructor(id: string, { projectDir, folder }: Place, plan: MigrationPlan, text: string) {
    this.id = id
    this.folder = folder
    this.plan = { ...plan, projectDir }
    this.madeIn = plan.projectDir
    this.#records = parseRecords(text)
    const whole = text.lastIndexOf('\n') + 1
    if (whole < text.length) this.#whole = Buffer.byteLength(text.slice(0, whole))
  }

  static async create(workspace: Workspace, plan: MigrationPlan, now: Date): Promise<Journal> {
    const id = `${now.toISOString().slice(0, 10)}-${randomBytes(2).toString('hex')}`
    const folder = join(workspace.migrations, id)
    try {
      for (const name of ['originals', 'staged']) await makePrivateFolder(join(folder, name))
      await writeAtomic(join(folder, 'plan.json'), Buffer.from(`${JSON.stringify(plan, null, 2)}\n`), { mode: 0o600 })
      const journal = new Journal(id, { projectDir: workspace.projectDir, folder }, plan, '')
      await journal.write({ type: 'begun', ...(await foundIn(plan)) })
      return journal
    } catch (error) {
      await rm(folder, { recursive: true, force: true })
      throw error
    }
  }

  /** @throws NotFoundError when there is no such migration; UsageError when its files cannot be read. */
  static async open(workspace: Workspace, id: string): Promise<Journal> {
    if (!ID.test(id))
      throw new UsageError(`"${id}" is no migration ID.`, { hint: 'See secretscan migrate status, which lists them.' })
    const folder = join(workspace.migrations, id)
    try {
      const plan = JSON.parse(await readFile(join(folder, 'plan.json'), 'utf8')) as MigrationPlan
      const journal = new Journal(
        id,
        { projectDir: workspace.projectDir, folder },
        plan,
        await readFile(join(folder, 'journal.jsonl'), 'utf8'),
      )
      // The first line is on the disk before anything else happens: without it nobody knows what did, if anything.
      if (journal.#records.length === 0 && (await keepsOriginals(folder))) throw new RangeError('The journal is empty.')
      return journal
    } catch (cause) {
      if ((cause as NodeJS.ErrnoException).code === 'ENOENT' && !(await keepsOriginals(folder))) {
        throw new NotFoundError(`There is no migration ${id} in ${workspace.projectDir}.`, {
          hint: 'See secretscan migrate status, which lists them.',
          cause,
        })
      }
      throw new UsageError(
        `The journal of migration ${id} is damaged: what that run has done cannot be told from it.`,
        {
          hint: `Compare the project with git and with ${join(folder, 'originals')}, then move ${folder} away.`,
          cause,
        },
      )
    }
  }

  /** All migrations, oldest first. @throws UsageError where the journal of one is damaged. */
  static async openAll(workspace: Workspace): Promise<readonly Journal[]> {
    const { journals, damaged } = await Journal.openReadable(workspace)
    if (damaged[0] !== undefined) throw damaged[0].problem
    return journals
  }

  /** As openAll(), with those that are damaged beside the others. One that was killed before it had a plan has done nothing, and is none. */
  static async openReadable(
    workspace: Workspace,
  ): Promise<{ readonly journals: readonly Journal[]; readonly damaged: readonly DamagedJournal[] }> {
    const journals: Journal[] = []
    const damaged: DamagedJournal[] = []
    for (const id of await Journal.list(workspace)) {
      try {
        journals.push(await Journal.open(workspace, id))
      } catch (problem) {
        if (problem instanceof UsageError) damaged.push({ id, problem })
        else if (!(problem instanceof NotFoundError)) throw problem
      }
    }
    return { journals: journals.sort((a, b) => (a.begunAt < b.begunAt ? -1 : a.begunAt > b.begunAt ? 1 : 0)), damaged }
  }

  /** The IDs of all migrations, by day. */
  static async list(workspace: Workspace): Promise<readonly string[]> {
    const names = await readdir(workspace.migrations).catch(() => [])
    return names.filter((name) => ID.test(name)).sort()
  }

  get records(): readonly JournalRecord[] {
    return this.#records
  }

  async write(record: JournalRecord): Promise<void> {
    const line = { at: new Date().toISOString(), ...record }
    const path = join(this.folder, 'journal.jsonl')
    // What a crash cut short must not become the beginning of another line.
    if (this.#whole !== undefined) await truncate(path, this.#whole)
    this.#whole = undefined
    await appendDurably(path, JSON.stringify(line))
    this.#records.push(line)
  }

  isDone(step: number): boolean {
    return this.#records.some((record) => record.type === 'done' && record.step === step)
  }

  isBegun(step: number): boolean {
    return this.#records.some((record) => record.type === 'intent' && record.step === step)
  }

  /** Secrets that this migration wrote and has not removed since. */
  stored(): readonly StoredSecret[] {
    const removed = new Set(this.#records.flatMap((record) => (record.type === 'removed' ? [record.name] : [])))
    return this.#records.flatMap((record) =>
      record.type === 'put' && !removed.has(record.stored.name) ? [record.stored] : [],
    )
  }

  /** Names that a put was begun for, free before, and whose outcome is not known. */
  unsurePuts(): readonly string[] {
    const known = new Set(this.#records.flatMap((record) => (record.type === 'put' ? [record.step] : [])))
    const begun = new Set(this.#records.flatMap((record) => (record.type === 'absent' ? [record.step] : [])))
    return [...begun].flatMap((index) => {
      const step = this.plan.steps[index]
      return step?.do === 'put' && !known.has(index) ? [step.name] : []
    })
  }

  /** HMAC of the value that was about to be written under `name`. */
  hmacToWrite(name: string): string | undefined {
    return this.#records
      .flatMap((record) => (record.type === 'absent' ? [record] : []))
      .find(({ step }) => {
        const planned = this.plan.steps[step]
        return planned?.do === 'put' && planned.name === name
      })?.hmac
  }

  /** What its rollback wrote for what stayed, and what is still there of that. */
  keptOut(): readonly Extract<JournalRecord, { readonly type: 'kept-out' }>[] {
    const gone = new Set(this.#records.flatMap((record) => (record.type === 'let-in' ? [record.path] : [])))
    return this.#records.flatMap((record) => (record.type === 'kept-out' && !gone.has(record.path) ? [record] : []))
  }

  /** Names of what lay in the folder of secrets before this run. */
  get foundThere(): readonly string[] {
    const [first] = this.#records
    return first?.type === 'begun' ? (first.there ?? []) : []
  }

  /** The bits of the secrets' folder before this run closed it, while it is closed. */
  get closedMode(): number | undefined {
    const record = this.#records.findLast(({ type }) => type === 'closed' || type === 'opened')
    return record?.type === 'closed' ? record.mode : undefined
  }

  state(): MigrationState {
    const has = (type: JournalRecord['type']) => this.#records.some((record) => record.type === type)
    if (has('rolled-back')) return 'rolled-back'
    if (has('rolling-back')) return 'rolling-back'
    return has('applied') ? 'applied' : 'started'
  }

  /** ISO time; IDs sort by day only. */
  get begunAt(): string {
    const [first] = this.#records as readonly (JournalRecord & { readonly at?: string })[]
    return first?.at ?? ''
  }

  get cleaned(): boolean {
    return this.#records.some(({ type }) => type === 'cleaned')
  }

  /** Files are kept by number: no name of the project becomes a path in here. */
  original(path: string): string {
    return join(this.folder, 'originals', String(this.#number(path)))
  }

  /** Where a rotation keeps the value that was there before, for stores that keep no versions themselves. */
  keptValue(step: number): string {
    return join(this.folder, 'originals', `value-${step}`)
  }

  staged(path: string): string {
    return join(this.folder, 'staged', String(this.#number(path)))
  }

  /** Where a rollback keeps what it makes of a file that was edited since, until it has ended. */
  merged(path: string): string {
    return join(this.mergedFolder, String(this.#number(path)))
  }

  get mergedFolder(): string {
    return join(this.folder, 'merged')
  }

  #number(path: string): number {
    return this.plan.steps.findIndex((step) => step.do === 'stage' && step.path === path)
  }
}

/** true where files of the project as they were lie in a run's folder. */
export const keepsOriginals = async (folder: string): Promise<boolean> =>
  (await readdir(join(folder, 'originals')).catch(() => [])).length > 0

async function foundIn({ projectDir, to }: MigrationPlan): Promise<{ readonly there?: readonly string[] }> {
  const folder = to.store === 'compose-file' ? to.options['secrets-dir'] : undefined
  if (folder === undefined) return {}
  const there = await readdir(projectPath({ projectDir }, folder)).catch(() => [])
  return there.length === 0 ? {} : { there: there.sort() }
}
