// How an image takes a secret from a file instead of an environment variable: from the table of known images, or as seen in the
// image's own entrypoint. A form is never guessed: two of three images would break (docs/migration.md).
import { readFileSync } from 'node:fs'
import { asset } from '../support/package-root.js'

/** How the variable that names the file is spelled, or what its value looks like. */
type FileForm =
  | 'config-file'
  | 'VAR_FILE'
  | 'VAR__FILE'
  | 'FILE__VAR'
  | 'VAR_SECRETFILE'
  | 'uri'
  | 'at-prefix'
  | 'name-only'

export interface Convention {
  readonly form: FileForm
  /** Variables that may be moved; "*" stands for any run of characters. */
  readonly variables: readonly string[]
  readonly except: readonly string[]
  /** For `uri` and `at-prefix`: the value, with <name> for the secret's name. */
  readonly value?: string
  /** What the image does with a variable and its file form together; both together are never written. */
  readonly bothSet?: string
  /** Sets of variables of which the file forms count only when all of a set have one. */
  readonly together: readonly (readonly string[])[]
  /** For `config-file`: where the image reads a file of its own settings, and what stands in it. */
  readonly configFile?: ConfigFile
  /** The application reads the file itself, whatever starts it; else the image's entrypoint does. */
  readonly readBy?: 'application'
  /** The programs that the entrypoint does it for; absent: not known. */
  readonly programs?: readonly string[]
  /** For people: where this is known from. */
  readonly seenIn: string
  readonly note?: string
}

/** A file of settings that a program reads beside its environment. */
interface ConfigFile {
  /** With <name> for the secret's name. */
  readonly target: string
  /** With <value> for the value. */
  readonly line: string
  /** Values that need no quotes there. */
  readonly plain: RegExp
}

interface TableEntry {
  readonly image: readonly string[]
  readonly form: string
  readonly variables?: readonly string[]
  readonly also?: readonly string[]
  readonly except?: readonly string[]
  readonly value?: string
  readonly both_set?: string
  readonly init_only?: true | readonly string[]
  readonly together?: readonly (readonly string[])[]
  readonly programs?: readonly string[]
  readonly read_by?: 'application'
  readonly entrypoint?: readonly string[]
  readonly target?: string
  readonly line?: string
  readonly plain?: string
  readonly tags?: string
  readonly verified: string
  readonly notes?: string
}

const FORMS: ReadonlySet<string> = new Set<FileForm>([
  'VAR_FILE',
  'VAR__FILE',
  'FILE__VAR',
  'VAR_SECRETFILE',
  'uri',
  'at-prefix',
  'name-only',
  'config-file',
])

let table: readonly TableEntry[] | undefined

function loadTable(): readonly TableEntry[] {
  table ??= (JSON.parse(readFileSync(asset('image-conventions.json'), 'utf8')) as { images: readonly TableEntry[] })
    .images
  return table
}

const escaped = (text: string): string => text.replace(/[.+?^${}()|[\]\\]/g, '\\$&')

/** Of a pattern in which only "*" is special. */
const starPattern = (pattern: string): RegExp => new RegExp(`^${pattern.split('*').map(escaped).join('.*')}$`)

const matchesStar = (pattern: string, text: string): boolean =>
  pattern.includes('*') ? starPattern(pattern).test(text) : pattern === text

/** An image reference as the table spells it: no tag, no digest, no docker.io/library/. */
export function repositoryOf(image: string): string {
  const untagged = image.replace(/@.*$/, '').replace(/:[^:/]*$/, '')
  return untagged.replace(/^(?:index\.)?docker\.io\//, '').replace(/^library\//, '')
}

/** What the table knows of an image; `none` where it is known to have no file form. Entries that nobody verified are not known. */
export function conventionFor(image: string): Convention | 'none' | undefined {
  const repository = repositoryOf(image)
  const entry = entryFor(repository)
  if (entry === undefined || entry.verified === 'no') return undefined
  // Another version: what it does is not known.
  if (entry.form !== 'config-file' && !hasTag(entry, image)) return undefined
  const configFile = entry.form === 'config-file' ? configFileOf(entry, image) : undefined
  if (!FORMS.has(entry.form) || (entry.form === 'config-file' && configFile === undefined)) return 'none'
  return {
    form: entry.form as FileForm,
    variables: [...(entry.variables ?? []), ...(entry.also ?? [])],
    except: entry.except ?? [],
    seenIn: `${repository} (${entry.verified === 'code' ? 'its entrypoint' : 'its documentation'})`,
    ...(entry.value === undefined ? {} : { value: entry.value.replace(/\s*\(.*$/, '') }),
    ...(entry.both_set === undefined ? {} : { bothSet: entry.both_set }),
    together: entry.together ?? [],
    ...(entry.programs === undefined ? {} : { programs: entry.programs }),
    ...(entry.read_by === undefined ? {} : { readBy: entry.read_by }),
    ...(configFile === undefined ? {} : { configFile }),
    ...(entry.notes === undefined ? {} : { note: entry.notes }),
  }
}

/**
 * All that is known of an image; first what it shows itself (`seen`): that is this very version. What a script does not show, for which
 * programs it does it and what counts only together, the table says of the same form.
 */
export function conventionsOf(image: string, seen: Convention | undefined): readonly Convention[] {
  const found = conventionFor(image)
  const known = found === 'none' ? undefined : found
  if (seen === undefined || known?.form !== seen.form) return [seen, known].filter((each) => each !== undefined)
  const { together, programs } = known
  return [{ ...seen, together, ...(programs === undefined ? {} : { programs }) }, known]
}

/**
 * true where the image uses the variable only when its data is first initialised: moving the value is harmless, changing it is not enough. Holds
 * however the value comes there.
 */
export function countsOnlyAtFirst(image: string, variable: string): boolean {
  const entry = entryFor(repositoryOf(image))
  if (entry?.init_only === undefined || entry.verified === 'no') return false
  const named = entry.init_only === true ? [...(entry.variables ?? []), ...(entry.also ?? [])] : entry.init_only
  return named.some((pattern) => matchesStar(pattern, variable))
}

let patterns: readonly { readonly pattern: RegExp; readonly entry: TableEntry }[] | undefined

function entryFor(repository: string): TableEntry | undefined {
  patterns ??= loadTable().flatMap((entry) => entry.image.map((name) => ({ pattern: starPattern(name), entry })))
  return patterns.find(({ pattern }) => pattern.test(repository))?.entry
}

/** undefined for versions that read no such file. */
function configFileOf(entry: TableEntry, image: string): ConfigFile | undefined {
  const { target, line, plain } = entry
  if (target === undefined || line === undefined || plain === undefined || !hasTag(entry, image)) return undefined
  return { target, line, plain: new RegExp(`^${plain}$`) }
}

/** true where the entry is for the image's version, or for all. */
function hasTag({ tags }: TableEntry, image: string): boolean {
  const tag = /:([^:/@]+)(?:@.*)?$/.exec(image)?.[1] ?? 'latest'
  return tags === undefined || new RegExp(`^${tags}$`).test(tag)
}

/** The ENTRYPOINT of official images whose versions all have the same one, with a shell; undefined for others. */
export function knownEntrypoint(image: string): readonly string[] | undefined {
  return entryFor(repositoryOf(image))?.entrypoint
}

/** The set that `variable` counts in only as a whole, itself included; [] where it counts alone. */
export function setOf(image: string, variable: string): readonly string[] {
  const known = conventionFor(image)
  return known === undefined || known === 'none' ? [] : (known.together.find((set) => set.includes(variable)) ?? [])
}

/** The entry that takes `variable` from the file of secret `name`; undefined where the convention does not cover it. */
export function fileEntry(
  convention: Convention,
  variable: string,
  name: string,
): { readonly key: string; readonly value: string } | undefined {
  const covered = convention.variables.some((pattern) => matchesStar(pattern, variable))
  if (!covered || convention.except.includes(variable) || /_FILE$|^FILE__/.test(variable)) return undefined
  const path = `/run/secrets/${name}`
  switch (convention.form) {
    case 'VAR_FILE':
      return { key: `${variable}_FILE`, value: path }
    case 'VAR__FILE':
      return { key: `${variable}__FILE`, value: path }
    case 'FILE__VAR':
      return { key: `FILE__${variable}`, value: path }
    case 'VAR_SECRETFILE':
      return { key: `${variable}_SECRETFILE`, value: path }
    case 'name-only':
      return { key: `${variable}_FILE`, value: name }
    case 'config-file':
      return undefined
    case 'uri':
    case 'at-prefix':
      return convention.value === undefined
        ? undefined
        : { key: variable, value: convention.value.replace('<name>', name) }
  }
}

/** Names in quotes or bare after file_env and its kin. */
const FILE_ENV_CALL =
  /(?:^|[\s;&|(])(?:file_env|docker_process_file_env|_get_secret_env|get_secret_env)\s+["']?([A-Za-z_][A-Za-z0-9_]*)/gm
/** One variable's own file form, as in `[ -f "$DB_PASSWORD_FILE" ]`. */
const OWN_FILE_VARIABLE = /\$\{?([A-Z][A-Z0-9_]*?)(__FILE|_FILE)\b/g
const LOOP_DOUBLE = /(?:__FILE['")$\s]|\^?[A-Z]+_?[^\n]{0,40}__FILE\$)/
const LOOP_PREFIX = /['"^]FILE__/

/**
 * The file form that an image's entrypoint script shows, or undefined. Stronger than a table: it holds for forks and for this very
 * version. Only forms that the script applies are taken, each for the variables that it names.
 */
export function conventionInScript(script: string, seenIn: string): Convention | undefined {
  const base = { except: [], together: [], seenIn }
  const called = [...script.matchAll(FILE_ENV_CALL)].map(([, name = '']) => name)
  const own = [...script.matchAll(OWN_FILE_VARIABLE)]
    .filter(([, , suffix]) => suffix === '_FILE')
    .map(([, name = '']) => name)
  const variables = [...new Set([...called, ...own])].filter((name) => name !== 'VAR' && name.length > 2)
  if (variables.length > 0) return { ...base, form: 'VAR_FILE', variables, bothSet: 'error' }
  if (LOOP_PREFIX.test(script)) return { ...base, form: 'FILE__VAR', variables: ['*'] }
  if (LOOP_DOUBLE.test(script)) return { ...base, form: 'VAR__FILE', variables: ['*'], bothSet: 'error' }
  return undefined
}
