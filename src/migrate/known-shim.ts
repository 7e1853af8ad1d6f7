// Reads a shim that a migration wrote, so that a later one extends it. What is read is written again and compared: a shim that was edited by
// hand is none.
import { isDeepStrictEqual } from 'node:util'
import { foldable, isShellName, SHIM_NAME, type ShimOptions, type ShimVariable, shimScript } from './shim.js'

export interface KnownShim {
  readonly variables: readonly ShimVariable[]
  /** Secrets whose values end in a newline. */
  readonly newlines: ReadonlySet<string>
  readonly options: ShimOptions
  /** Gives a script of shimScript() the line ends of the one that was read. */
  readonly layout: (script: string) => string
}

const LAYOUTS: readonly KnownShim['layout'][] = [
  (script) => script,
  foldable,
  (script) => foldable(script).replaceAll('\n', ' '),
]

const FILE = String.raw`/run/secrets/(?<secret>[\w.-]+)`
const UNLESS_GIVEN = String.raw`(?<given>\[ -n "\$\{\w+\+x\}" \] \|\| )?`
/** The ways in which shimScript() sets a variable. */
const SETTINGS: readonly RegExp[] = [
  String.raw`${UNLESS_GIVEN}export (?<variable>\w+)="\$\(cat ${FILE}\)"`,
  String.raw`${UNLESS_GIVEN}\{ (?<variable>\w+)="\$\(cat ${FILE}(?<newline>; echo x)\)"`,
  String.raw`_p=@${FILE}@; (?<filled>case) \$(?<variable>\w+) in`,
  String.raw`set -- "(?<variable>[^\s"=]+)=\$\(cat ${FILE}\)" "\$@"`,
  String.raw`_v=\$\(cat ${FILE}(?<newline>; echo x)\); set -- "(?<variable>[^\s"=]+)=`,
].map((setting) => new RegExp(setting, 'g'))

/** The shim that begins the words of an entrypoint; undefined where there is none, or not as it was written. */
export function knownShim(words: readonly string[] | undefined): KnownShim | undefined {
  const [shell, option, script, name] = words ?? []
  if (shell !== '/bin/sh' || option !== '-c' || script === undefined) return undefined
  const shim = readShim(script)
  const named = shim?.options.program === undefined
  return name === (named ? SHIM_NAME : undefined) ? shim : undefined
}

function readShim(script: string): KnownShim | undefined {
  const [, head = '', env, rest = ''] = /^([\s\S]*?[\n;]\s*)exec (env "\$@"(?: |$))?([\s\S]*)$/.exec(script) ?? []
  const program = (env === undefined && rest === '"$@"') || rest === '' ? undefined : rest
  const settings = SETTINGS.flatMap((setting) => [...head.matchAll(setting)])
    .sort((one, other) => one.index - other.index)
    .map(({ groups = {} }) => groups)
  const listed = (/ in ('[^)]*')\) set -- "\$_e" "\$@"/.exec(head)?.[1] ?? '')
    .split('|')
    .map((each) => each.slice(1, -1))
  const isGiven = ({ variable = '', given }: Record<string, string | undefined>) =>
    isShellName(variable) ? given !== undefined : listed.includes(variable)
  const variables = settings.map((each) => ({
    variable: each['variable'] ?? '',
    secret: each['secret'] ?? '',
    ...(each['filled'] === undefined ? (isGiven(each) ? {} : { overrides: true }) : { filled: true }),
  }))
  const brought = new Set(variables.map(({ secret }) => secret))
  const read = /^for _s in ([^;]*); do/.exec(head)?.[1]?.split(/[\s\\]+/) ?? []
  const [, lone] = /^cat \/run\/secrets\/([\w.-]+) >/.exec(head) ?? []
  const options: ShimOptions = {
    alsoRead: [...read, ...(lone === undefined ? [] : [lone])].filter((name) => !brought.has(name)),
    filled: /([\w.|-]+)\) _v=\$\(cat "\/run\/secrets\/\$_n"/.exec(head)?.[1]?.split('|') ?? [],
    handedOn: listed.filter((name) => name !== '' && !variables.some(({ variable }) => variable === name)),
    ...(program === undefined ? {} : { program }),
  }
  const newlines = new Set(settings.flatMap(({ newline, secret }) => (newline === undefined ? [] : [secret ?? ''])))
  const written = shimScript(variables, newlines, options)
  const layout = LAYOUTS.find((each) => each(written) === script)
  return layout === undefined ? undefined : { variables, newlines, options, layout }
}

/** The shim with more variables; those that it brings already are read from the new secret. The options are added to its own. */
export function extendedShim(
  shim: KnownShim,
  more: readonly ShimVariable[],
  newlines: ReadonlySet<string>,
  { handedOn = [], alsoRead = [], filled = [] }: Omit<ShimOptions, 'program'>,
): string {
  const isNew = (name: string) => more.some(({ variable }) => variable === name)
  const { options } = shim
  const union = (some: readonly string[] = [], others: readonly string[] = []) => [...new Set([...some, ...others])]
  return shim.layout(
    shimScript(
      [...shim.variables.filter(({ variable }) => !isNew(variable)), ...more],
      new Set([...shim.newlines, ...newlines]),
      {
        ...options,
        alsoRead: union(options.alsoRead, alsoRead),
        filled: union(options.filled, filled),
        handedOn: union(options.handedOn, handedOn).filter((name) => !isNew(name)),
      },
    ),
  )
}

/** true where `after` starts what `before` does, by the same shim with all that it brought but for `moved` variables. */
export function isExtendedShim(before: readonly string[], after: readonly string[], moved: readonly string[]): boolean {
  const [one, other] = [knownShim(before), knownShim(after)]
  if (one === undefined || other === undefined || !isDeepStrictEqual(before.slice(3), after.slice(3))) return false
  const { handedOn: _, ...options } = one.options
  const { handedOn: __, ...rest } = other.options
  const stays = one.variables.filter(({ variable }) => !moved.includes(variable))
  const kept = other.variables.filter(({ variable }) => !moved.includes(variable))
  return isDeepStrictEqual(stays, kept) && isDeepStrictEqual(options, rest)
}
