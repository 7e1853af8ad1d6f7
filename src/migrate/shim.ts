// The entrypoint shim: a few words of POSIX sh that export variables from /run/secrets and then become the image's own program, for
// images that take a secret from nowhere but their environment. exec keeps PID 1, so signals arrive as before.

import { escaped } from '../support/regexp.js'

export interface ShimVariable {
  readonly variable: string
  /** The Compose secret that holds it. */
  readonly secret: string
  /**
   * The container has a value for it that the secret takes the place of: that of the image or its shell (an image that is not built anew also one
   * that left its Dockerfile), or the name of the secret's file, which another service of the same entry reads.
   */
  readonly overrides?: boolean
  /** The variable has a value with the secret's placeholder in it, where the secret goes. */
  readonly filled?: boolean
}

/** `$0` of the script: how a shim is known again. */
export const SHIM_NAME = 'secretscan-shim'

const IDENTIFIER = /^[A-Za-z_][A-Za-z0-9_]*$/
const SECRET = /^[A-Za-z0-9_.-]+$/
/** spring.datasource.url, ConnectionStrings:Default, kafka.topics[0] */
const HANDED_ON = /^[\w.:/[\]-]+$/

/** Variables that a POSIX shell can hold: dash and busybox drop all others of their environment. */
export const isShellName = (variable: string): boolean => IDENTIFIER.test(variable)

/** Variables that the shim can bring: those that a shell can hold, and others that it hands to the program through `env`. */
export const canBring = (variable: string): boolean => HANDED_ON.test(variable)

/** Stands in a command for the secret `name` until its shim puts the value there. */
export const placeholder = (name: string): string => `@/run/secrets/${name}@`

/** How a text is recognized that has placeholders. */
export const PLACEHOLDER = '@/run/secrets/'

/**
 * Shell text that puts `names` into the arguments where their placeholders stand, from left to right and each once, so that nothing of a
 * value is looked at again. The x keeps newlines at the end of a value, which `$(…)` drops.
 */
function fillArguments(names: readonly string[]): readonly string[] {
  if (names.length === 0) return []
  const loop = `for _w do
  shift; _o=
  while case $_w in *${PLACEHOLDER}*@*) ;; *) false;; esac; do
    _n=\${_w#*${PLACEHOLDER}}; _n=\${_n%%@*}
    _o=$_o\${_w%%${PLACEHOLDER}*}; _w=\${_w#*${PLACEHOLDER}"$_n"@}
    case $_n in
      ${names.join('|')}) _v=$(cat "/run/secrets/$_n"; echo x); _o=$_o\${_v%x};;
      *) _o=$_o${PLACEHOLDER}$_n@;;
    esac
  done
  set -- "$@" "$_o$_w"
done`
  return [loop]
}

/**
 * The script for `sh -c`, with `$` still single: Compose files need it doubled. A variable that the container has already is left alone.
 * `$(cat …)` drops newlines at the end of a value; a value that ends in one keeps it by the trailing x. `alsoRead`: secrets that the command
 * itself reads. `filled`: those whose placeholders stand in the arguments. `program`: what to become, as shell text; without it the script becomes its arguments.
 * `handedOn`: other variables of the container whose names no shell can hold.
 */
export function shimScript(
  variables: readonly ShimVariable[],
  endsInNewline: ReadonlySet<string>,
  { alsoRead = [], filled = [], program, handedOn = [] }: ShimOptions = {},
): string {
  for (const { variable, secret, filled: isFilled = false } of variables)
    if (!(isFilled ? isShellName : canBring)(variable) || !SECRET.test(secret))
      throw new RangeError(`${variable} cannot be brought by a shell`)
  const exported = variables.filter(({ variable }) => isShellName(variable))
  const exports = exported.map(({ variable, secret, overrides = false, filled: isFilled = false }) => {
    const path = `/run/secrets/${secret}`
    if (isFilled) return fill(variable, secret)
    const plain = `export ${variable}="$(cat ${path})"`
    const exact = `{ ${variable}="$(cat ${path}; echo x)"; ${variable}=\${${variable}%x}; export ${variable}; }`
    // What a container has all the same was given to it on purpose: `docker compose run -e`.
    const unlessGiven = overrides ? '' : `[ -n "\${${variable}+x}" ] || `
    return unlessGiven + (endsInNewline.has(secret) ? exact : plain)
  })
  const unheld = variables.filter(({ variable }) => !isShellName(variable))
  const names = [...new Set([...[...exported, ...unheld].map(({ secret }) => secret), ...alsoRead])]
  const pairs = handOn(unheld, endsInNewline, handedOn)
  const become =
    pairs.length === 0 ? `exec ${program ?? '"$@"'}` : `exec env "$@"${program === undefined ? '' : ` ${program}`}`
  return [guard(names), ...exports, ...fillArguments(filled), ...pairs, become].join('\n')
}

export interface ShimOptions {
  readonly alsoRead?: readonly string[]
  readonly filled?: readonly string[]
  readonly program?: string
  readonly handedOn?: readonly string[]
}

/**
 * Puts variables that the shell cannot hold before the arguments, as `env` takes them, of which the last counts: what the container has
 * already, as it stands in its environment, line by line (a value of several lines cannot be told from others there).
 */
function handOn(
  variables: readonly ShimVariable[],
  endsInNewline: ReadonlySet<string>,
  others: readonly string[],
): readonly string[] {
  const pairOf = ({ variable, secret }: ShimVariable): string => {
    const path = `/run/secrets/${secret}`
    if (!endsInNewline.has(secret)) return `set -- "${variable}=$(cat ${path})" "$@"`
    return `_v=$(cat ${path}; echo x); set -- "${variable}=\${_v%x}" "$@"`
  }
  const given = [...others, ...variables.filter(({ overrides = false }) => !overrides).map(({ variable }) => variable)]
  const pairs = variables.map(pairOf)
  if (given.length === 0) return pairs
  // Names alone: one with = behind it would be a finding of the next scan.
  const patterns = given.map((name) => `'${name}'`).join('|')
  return [
    "_l=$(printf '\\nx'); IFS=${_l%x}; set -f",
    "for _e in $(tr '\\000' '\\n' </proc/$$/environ); do",
    `  case \${_e%%=*} in ${patterns}) set -- "$_e" "$@";; esac`,
    'done',
    'unset IFS; set +f',
    ...pairs,
  ]
}

/** Variables that such a script, or one of the project's own, sets to the whole value of `secret`. */
export function exportedFrom(script: string, secret: string): readonly string[] {
  const file = escaped(`/run/secrets/${secret}`)
  const set = new RegExp(`([A-Za-z_]\\w*)="\\$\\(cat ${file}(?:; echo x)?\\)"`, 'g')
  return [...script.matchAll(set)].map(([, variable = '']) => variable)
}

/** Words of `entrypoint` behind the shim's name; undefined where there is no shim. */
export function wrappedBy(entrypoint: unknown): readonly string[] | undefined {
  if (!Array.isArray(entrypoint)) return undefined
  const words = entrypoint.map(String)
  const at = words.indexOf(SHIM_NAME)
  return at === -1 ? undefined : words.slice(at + 1)
}

/** Shell text that gives a command what the shim gives the program. `filled`: the variable has a value with the secret's placeholder in it. */
export const bringing = (variable: string, secret: string, filled: boolean): string =>
  filled ? fill(variable, secret) : `export ${variable}="$(cat /run/secrets/${secret})"`

/** Puts the secret into the variable's value; one without the placeholder was given to the container on purpose. */
function fill(variable: string, secret: string): string {
  const whole = `"\${${variable}%%$_p*}$(cat /run/secrets/${secret})\${${variable}#*$_p}"`
  return `_p=${placeholder(secret)}; case $${variable} in *$_p*) export ${variable}=${whole};; esac`
}

/**
 * A file that is missing or cannot be read must stop the container, not start it without its secret. Asked by reading: a test of the bits
 * says yes to a root that has lost its rights (cap_drop), and an export swallows what becomes of cat.
 */
function guard(names: readonly string[]): string {
  const stop = (file: string) => `cat ${file} >/dev/null || { echo "cannot read ${file}" >&2; exit 78; }`
  const [first, ...more] = names
  if (more.length === 0) return stop(`/run/secrets/${first}`)
  return `for _s in ${inColumns(names)}; do\n  ${stop('/run/secrets/$_s')}\ndone`
}

/** Words of a command, some to a line. */
function inColumns(words: readonly string[]): string {
  const lines: string[] = []
  for (const word of words) {
    const longer = `${lines.at(-1) ?? ''} ${word}`.trimStart()
    if (lines.length > 0 && longer.length <= 80) lines[lines.length - 1] = longer
    else lines.push(word)
  }
  return lines.join(' \\\n  ')
}

/** The same script where the ends of its lines may become blanks: signs end its commands. */
export const foldable = (script: string): string =>
  script
    .replace(/ \\\n */g, ' ')
    .replace(/\n */g, '\n')
    .replace(/(?<! do| in|;;)\n/g, ';\n')

/** The `entrypoint:` that wraps `original` (the image's or the service's own, already split into words). */
export function shimEntrypoint(script: string, original: readonly string[]): readonly string[] {
  return ['/bin/sh', '-c', script, SHIM_NAME, ...original]
}

/** `$` doubled, so that Compose's interpolation gives back the text. */
export const forCompose = (text: string): string => text.replaceAll('$', '$$$$')
