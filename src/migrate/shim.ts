// The entrypoint shim: a few words of POSIX sh that export variables from /run/secrets and then become the image's own program, for
// images that take a secret from nowhere but their environment. exec keeps PID 1, so signals arrive as before.

export interface ShimVariable {
  readonly variable: string
  /** The Compose secret that holds it. */
  readonly secret: string
  /** The image, or its shell, has a value for it, which the secret takes the place of. */
  readonly inImage?: boolean
  /** The variable has a value with the secret's placeholder in it, where the secret goes. */
  readonly filled?: boolean
}

/** `$0` of the script: how a shim is known again. */
export const SHIM_NAME = 'secretscan-shim'

const IDENTIFIER = /^[A-Za-z_][A-Za-z0-9_]*$/
const SECRET = /^[A-Za-z0-9_.-]+$/

/** Variables that a POSIX shell can export; others (with dots or dashes) cannot go through the shim. */
export function canExport(variable: string): boolean {
  return IDENTIFIER.test(variable)
}

/** Becomes the script's arguments. */
const BECOME = 'exec "$@"'

/** Stands in a command for the secret `name` until its shim puts the value there. */
export const placeholder = (name: string): string => `@/run/secrets/${name}@`

/** How a text is recognized that has placeholders. */
export const PLACEHOLDER = '@/run/secrets/'

/**
 * Shell text that puts `names` into the arguments where their placeholders stand, from left to right and each once, so that nothing of a
 * value is looked at again, and then becomes the arguments. The x keeps newlines at the end of a value, which `$(…)` drops.
 */
export function becomeFilled(names: readonly string[]): string {
  if (names.length === 0) return BECOME
  return `for _w do
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
done
${BECOME}`
}

/**
 * The script for `sh -c`, with `$` still single: Compose files need it doubled. A variable that the container has already is left alone.
 * `$(cat …)` drops newlines at the end of a value; a value that ends in one keeps it by the trailing x. `alsoRead`: secrets that the command
 * itself reads. `last`: shell text that becomes the program; without it the script becomes its arguments.
 */
export function shimScript(
  variables: readonly ShimVariable[],
  endsInNewline: ReadonlySet<string>,
  alsoRead: readonly string[] = [],
  last = BECOME,
): string {
  const exports = variables.map(({ variable, secret, inImage = false, filled = false }) => {
    if (!IDENTIFIER.test(variable) || !SECRET.test(secret))
      throw new RangeError(`${variable} cannot be exported by a shell`)
    const path = `/run/secrets/${secret}`
    if (filled) return fill(variable, secret)
    const plain = `export ${variable}="$(cat ${path})"`
    const exact = `{ ${variable}="$(cat ${path}; echo x)"; ${variable}=\${${variable}%x}; export ${variable}; }`
    // What a container has all the same was given to it on purpose: `docker compose run -e`.
    const unlessGiven = inImage ? '' : `[ -n "\${${variable}+x}" ] || `
    return unlessGiven + (endsInNewline.has(secret) ? exact : plain)
  })
  const names = [...new Set([...variables.map(({ secret }) => secret), ...alsoRead])]
  return [guard(names), ...exports, last].join('\n')
}

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
