// secretscan sweep init: asks for what a sweep needs and writes a first sweep.yaml. Never overwrites one.
import { Flags } from '@oclif/core'
import { writeText } from '../../report/write.js'
import { UsageError } from '../../support/errors.js'
import { printable } from '../../support/printable.js'
import {
  assertFree,
  draftSweep,
  listedGlobs,
  type SweepAnswers,
  writeDraft,
  writeStoreKey,
} from '../../sweep/config/draft.js'
import { checkSweepText } from '../../sweep/config/load.js'
import { isHost, isPostgresUrl } from '../../sweep/config/shape.js'
import { patternProblem } from '../../sweep/enumerate/repository-globs.js'
import { BaseCommand } from '../base.js'
import { asked, assertCanAsk, prompt } from '../shared/ask.js'
import { SWEEP_FILE, sweepFlags } from '../shared/sweep-flags.js'

interface InitFlags {
  readonly registry?: string | undefined
  readonly repository?: readonly string[] | undefined
  readonly newest?: number | undefined
  readonly store: string
  readonly cron?: string | undefined
  readonly 'time-zone': string
  readonly username?: string | undefined
  readonly 'password-file'?: string | undefined
}

const ownTimeZone = (): string => Intl.DateTimeFormat().resolvedOptions().timeZone

export default class SweepInit extends BaseCommand {
  static override summary = 'Write a first configuration for sweeps'
  static override description =
    'Asks for the registry, the repositories, the login and the schedule, and writes sweep.yaml. With --registry nothing is asked. A file that is there is never overwritten.'
  static override examples = [
    { description: 'Asks, and writes ./sweep.yaml', command: '<%= config.bin %> <%= command.id %>' },
    {
      description: 'In a script',
      command:
        "<%= config.bin %> <%= command.id %> --registry registry.example.com:5000 --repository 'team/*' --newest 20 --cron '0 3 * * *'",
    },
  ]
  static override flags = {
    ...sweepFlags,
    registry: Flags.string({ summary: 'host[:port] of the registry; docker.io for Docker Hub', helpValue: 'HOST' }),
    repository: Flags.string({
      summary: 'Repositories to sweep: a name or a glob (repeatable; default: all)',
      helpValue: 'GLOB',
      multiple: true,
      multipleNonGreedy: true,
    }),
    newest: Flags.integer({ summary: 'Of each repository only so many tags, the newest', helpValue: 'N', min: 1 }),
    store: Flags.string({
      summary: 'Where results are kept: a folder, or postgres://…',
      helpValue: 'PLACE',
      default: './sweep-store',
    }),
    cron: Flags.string({ summary: 'When "sweep start" sweeps, e.g. "0 3 * * *"', helpValue: 'EXPRESSION' }),
    'time-zone': Flags.string({
      summary: 'Of the schedule (default: of this machine)',
      helpValue: 'ZONE',
      default: async () => ownTimeZone(),
      noCacheDefault: true,
    }),
    username: Flags.string({ summary: 'Log in with this name and --password-file', helpValue: 'NAME' }),
    'password-file': Flags.string({ summary: 'File that holds the password of --username', helpValue: 'FILE' }),
  }

  async run(): Promise<void> {
    const { flags } = await this.parse(SweepInit)
    const { settings } = this.resolve(flags)
    const file = flags.file ?? SWEEP_FILE
    const given: InitFlags = flags
    assertFree(file)
    if (given.registry === undefined)
      assertCanAsk({
        input: !settings['no-input'] && !settings.json,
        flag: '--registry HOST (see --help for the others)',
      })
    const answers = given.registry === undefined ? await ask(given) : answersOf(given, given.registry)
    const text = draftSweep(answers)
    checkSweepText(file, text)
    writeDraft(file, text)
    const keyFile = isPostgresUrl(answers.store) ? writeStoreKey(file) : undefined
    const keyText =
      keyFile === undefined ? '' : `\n  The store's key is in ${printable(keyFile)}: keep a copy, all workers need it.`
    await writeText(
      process.stdout,
      settings.json
        ? `${JSON.stringify({ schemaVersion: 1, file, ...(keyFile === undefined ? {} : { keyFile }) }, null, 2)}\n`
        : `✔ ${printable(file)} was written. Next: ${this.config.bin} sweep validate, then ${this.config.bin} sweep run${keyText}\n`,
    )
  }
}

function answersOf(flags: InitFlags, registry: string): SweepAnswers {
  const { username, 'password-file': passwordFile, newest, cron, store } = flags
  if ((username === undefined) !== (passwordFile === undefined))
    throw new UsageError('--username and --password-file go together.', { hint: 'Give both, or neither.' })
  return {
    registry,
    store,
    repositories: flags.repository ?? [],
    ...(username === undefined || passwordFile === undefined ? {} : { login: { username, passwordFile } }),
    ...(newest === undefined ? {} : { newest }),
    ...(cron === undefined ? {} : { schedule: { cron, timeZone: flags['time-zone'] } }),
  }
}

type Ask = (message: string, initial: string, check?: (value: string) => true | string) => Promise<string>

const isCount = (value: string): true | string =>
  value === '' || /^[1-9]\d{0,4}$/.test(value) || 'A whole number, or nothing.'

function areGlobs(answer: string): true | string {
  const globs = listedGlobs(answer)
  if (globs.length === 0) return 'This is needed.'
  const problems = globs.flatMap((glob) => {
    const problem = patternProblem(glob)
    return problem === undefined ? [] : [`${printable(glob)} ${problem}`]
  })
  return problems[0] ?? true
}

/** The questions, with what flags say as answers to begin with. */
async function ask(flags: InitFlags): Promise<SweepAnswers> {
  const { confirm, input } = await import('@inquirer/prompts')
  const text: Ask = (message, initial, check = (value) => value !== '' || 'This is needed.') =>
    prompt((context) =>
      input({ message: asked(message, initial.length + 3), default: initial, validate: check }, context),
    )
  const yes = (message: string): Promise<boolean> =>
    prompt((context) => confirm({ message: asked(message), default: true }, context))
  const registry = await text(
    'Registry (docker.io is Docker Hub):',
    'docker.io',
    (host) => isHost(host) || 'A host, with its port if it has one: registry.example.com:5000',
  )
  const first = flags.repository ?? (registry === 'docker.io' ? ['my-organization/*'] : ['**'])
  const repositories = await text('Repositories (names or globs, with commas):', first.join(' '), areGlobs)
  const newest = await text('Newest tags of each (empty: all):', String(flags.newest ?? ''), isCount)
  const asDocker = await yes('Log in as docker is logged in here?')
  const login = asDocker
    ? {}
    : {
        username: await text('User name:', flags.username ?? ''),
        'password-file': await text('File that holds the password:', flags['password-file'] ?? './registry.password'),
      }
  const nightly = await yes('Sweep every night at three (sweep start)?')
  const { username: _, 'password-file': __, ...others } = flags
  return answersOf(
    {
      ...others,
      ...login,
      repository: listedGlobs(repositories),
      newest: newest === '' ? undefined : Number(newest),
      cron: flags.cron ?? (nightly ? '0 3 * * *' : undefined),
    },
    registry,
  )
}
