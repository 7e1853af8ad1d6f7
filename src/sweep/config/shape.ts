// What sweep.yaml may hold, as zod schemas: the one source of its checks and of the published JSON Schema. Says nothing of lines
// (problems.ts) and fills in no defaults that depend on the file's place (load.ts).
import { validRange } from 'semver'
import { z } from 'zod'
import { patternDanger } from '../../detect/pattern/safety.js'
import { parsePlatform } from '../../image/platform.js'
import { parseImageReference } from '../../image/reference.js'
import { notifyEntries } from '../notify/channels.js'
import { parseDays } from './duration.js'
import { expressionOf } from './expression.js'
import { cronProblem, isTimeZone } from './schedule.js'

/** Of globs and expressions: a bound on what a matcher is made of. */
const PATTERN_LENGTH = 300
const MOST_NEWEST = 100_000

const path = (description: string) => z.string().min(1).max(4096).describe(description)

const succeeds = (attempt: () => unknown): boolean => {
  try {
    attempt()
    return true
  } catch {
    return false
  }
}

/** Docker Hub has two names. */
export const oneName = (host: string): string => (host === 'index.docker.io' ? 'docker.io' : host)

/** Whether `host` is host[:port] as it stands in the name of an image. */
export const isHost = (host: string): boolean => {
  const registry = oneName(host)
  return succeeds(() => {
    if (parseImageReference(`${host}/a/b:c`).registry !== registry) throw new Error()
  })
}

function patternProblem(pattern: string): string | undefined {
  const expression = expressionOf(pattern)
  if (expression === undefined) return undefined
  if (!succeeds(() => new RegExp(expression))) return 'is no regular expression'
  const danger = patternDanger(expression)
  return danger === undefined ? undefined : `holds ${danger}, which can take for ever`
}

const tagPattern = z
  .string()
  .min(1)
  .max(PATTERN_LENGTH)
  .superRefine((pattern, context) => {
    const message = patternProblem(pattern)
    if (message !== undefined) context.addIssue({ code: 'custom', message })
  })

const tags = z.strictObject({
  include: z.array(tagPattern).default(['*']).describe('Globs, or /regular expressions/; default: all'),
  exclude: z.array(tagPattern).default([]).describe('Globs, or /regular expressions/, that take out'),
  semver: z
    .string()
    .refine((range) => validRange(range) !== null, { error: 'is no range of versions, e.g. ">=1.2 <3"' })
    .optional()
    .describe('Only tags that are versions within this range'),
  newest: z.int().min(1).max(MOST_NEWEST).optional().describe('Only so many, those whose images were made last'),
})

const login = z
  .union(
    [
      z.enum(['docker-config', 'anonymous']),
      z.strictObject({ username: z.string().min(1), passwordFile: path('File that holds the password') }),
      z.strictObject({
        username: z.string().min(1).optional(),
        tokenFile: path('File that holds an access token'),
      }),
    ],
    { error: 'must be docker-config, anonymous, { username, passwordFile } or { tokenFile }' },
  )
  .default('docker-config')
  .describe('docker-config: as docker and podman are logged in')

const REGISTRY_KINDS = [
  'auto',
  'distribution',
  'docker-hub',
  'ghcr',
  'gitlab',
  'harbor',
  'quay',
  'ecr',
  'acr',
  'artifact-registry',
] as const

const platform = z
  .string()
  .refine((text) => succeeds(() => parsePlatform(text)), { error: 'must be os/architecture, e.g. linux/amd64' })

const registry = z.strictObject({
  host: z
    .string()
    .refine(isHost, {
      error: 'must be a host with its port if it has one, and nothing else: registry.example.com:5000',
    })
    .describe('host[:port]; docker.io for Docker Hub'),
  kind: z.enum(REGISTRY_KINDS).default('auto').describe('Whose API lists the repositories; default: by the host'),
  insecure: z.boolean().default(false).describe('Allow plain HTTP and an unverified certificate'),
  ca: path('Certificate authorities (PEM)').optional(),
  repositories: z
    .array(
      z
        .string()
        .min(1)
        .max(PATTERN_LENGTH)
        .regex(/^!*[^!]/, 'must have a name or a glob behind "!"'),
    )
    .default([])
    .describe('Names and globs ("*" up to the next slash, "**" across); "!" takes out; default: all'),
  repositoriesFrom: path('File of repositories, one a line').optional(),
  tags: tags.prefault({}),
  platforms: z
    .union([z.literal('all'), z.array(platform).min(1)], { error: 'must be all, or a list such as [linux/amd64]' })
    .default('all'),
  includeAttestations: z
    .boolean()
    .default(false)
    .describe('Also scan what builders say of images: provenance (build arguments) and SBOMs'),
  login,
  listing: z
    .strictObject({
      url: z
        .url({ protocol: /^https?$/, error: 'must be an http or https address' })
        .optional()
        .describe("Where the listing API is, if it is not at its usual place (GitLab's own address)"),
      tokenFile: path('File that holds a token for the listing API').optional(),
    })
    .optional()
    .describe('The API that lists repositories, where it needs more than the registry itself'),
})

const schedule = z.strictObject({
  cron: z.string().superRefine((expression, context) => {
    const message = cronProblem(expression)
    if (message !== undefined) context.addIssue({ code: 'custom', message })
  }),
  timeZone: z
    .string()
    .refine(isTimeZone, { error: 'is no time zone, e.g. Europe/Berlin' })
    .default('UTC')
    .describe('IANA name; default: UTC'),
})

const keySource = {
  keyFile: path("File that holds the store's key: 64 hexadecimal digits").optional(),
  keyCommand: z.array(z.string().min(1)).min(1).optional().describe('Program and arguments that print the key'),
}

export const isPostgresUrl = (text: string): boolean => /^postgres(?:ql)?:\/\/./.test(text)

/** What is wrong with the address of a PostgreSQL, without quoting it; undefined where it is one. */
export function addressProblem(address: string): string | undefined {
  if (!isPostgresUrl(address)) return 'must begin with postgres://'
  // Without a host it is one for a socket, whose folder stands behind "?host=".
  const text = address.replace('@/', '@localhost/')
  const url = URL.canParse(text) ? new URL(text) : undefined
  // What should be a password is a port then, and the host stands behind it.
  const isCut = url?.username === '' && url.port !== '' && `${url.pathname}${url.search}`.includes('@')
  const isReadable = url !== undefined && succeeds(() => [url.username, url.password].map(decodeURIComponent))
  if (isReadable && url.hash === '' && !isCut) return undefined
  return 'is no address: # / ? @ and % in a user name or password are written as %23 %2F %3F %40 and %25'
}

function checkAddress(address: string, context: z.RefinementCtx): void {
  const message = addressProblem(address)
  if (message !== undefined) context.addIssue({ code: 'custom', message })
}

/** A mistyped address would be a folder, and the password in it a part of its name. */
const folder = z
  .string()
  .min(1)
  .refine((text) => isPostgresUrl(text) || !/^[^/]*[:@]/.test(text), {
    error: 'must begin with postgres://, or be a folder (where : or @ is in its name, write ./NAME)',
  })
  .superRefine((text, context) => {
    if (isPostgresUrl(text)) checkAddress(text, context)
  })
  .describe('A folder, or postgres://…')

const store = z.union(
  [
    folder,
    z
      .strictObject({
        url: z.string().superRefine(checkAddress).optional(),
        urlFile: path('File that holds the postgres:// address').optional(),
        ...keySource,
      })
      .superRefine((place, context) => {
        if ((place.url === undefined) === (place.urlFile === undefined))
          context.addIssue({ code: 'custom', message: 'must have one of url and urlFile' })
        if (place.keyFile !== undefined && place.keyCommand !== undefined)
          context.addIssue({ code: 'custom', message: 'must have one of keyFile and keyCommand' })
      }),
  ],
  { error: 'must be a folder, a postgres:// address, or { url or urlFile, keyFile or keyCommand }' },
)

/** What a sweep knows of a registry stands under its host. */
function oneEntryEach(registries: readonly RegistryDocument[], context: z.RefinementCtx): void {
  const hosts = registries.map(({ host }) => oneName(host.toLowerCase()))
  for (const [index, host] of hosts.entries()) {
    const first = hosts.indexOf(host)
    if (first === index) continue
    const message = `has an entry already, registries[${first}] (${registries[first]?.host}): put both into one`
    context.addIssue({ code: 'custom', path: [index, 'host'], message })
  }
}

const LENGTH_OF_TIME = 'must be a length of time such as 400d, 52w or 2y'

export const sweepShape = z.strictObject({
  store: store.default('./sweep-store').describe('Where results are kept'),
  schedule: schedule.optional().describe('When "sweep start" sweeps'),
  registries: z.array(registry).min(1).superRefine(oneEntryEach),
  concurrency: z
    .strictObject({
      registry: z.int().min(1).max(64).default(4).describe('Requests at a time to one registry'),
      scan: z.int().min(1).max(64).default(2).describe('Threads of one worker'),
    })
    .prefault({}),
  notify: notifyEntries.default([]).describe('Who is told what is new'),
  retention: z
    .strictObject({
      findings: z
        .string({ error: LENGTH_OF_TIME })
        .refine((text) => parseDays(text) !== undefined, { error: LENGTH_OF_TIME })
        .optional()
        .describe('Findings that are gone are forgotten after this time'),
    })
    .prefault({}),
  rescanOnRuleChange: z
    .boolean()
    .default(false)
    .describe('Read every layer again when there are new rules or changed patterns'),
})

export type SweepDocument = z.output<typeof sweepShape>
export type RegistryDocument = z.output<typeof registry>
