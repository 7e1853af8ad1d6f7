// What the characters of a value say: random, typed by a person, or words. Nothing of where it stands.
import { meanStepBits } from '../support/letter-steps.js'
import { shannonEntropy } from './entropy.js'

/** The share of letters in runs that read as words. */
function wordiness(value: string): number {
  const runs = value.match(/[A-Z]?[a-z]{3,}|[A-Z]{4,}/g) ?? []
  const words = runs.filter((run) => run.length >= 3 && meanStepBits(run.toLowerCase()) <= 5.2)
  return words.join('').length / Math.max(1, value.length)
}

/** Constants and functions of a program: ARG_IMM_32M_BITFIELD_0_31. No key has so many parts. */
export const isIdentifier = (value: string): boolean => /^(?:[A-Za-z0-9]{0,12}_){4,}[A-Za-z0-9]{0,12}$/.test(value)

const PART = '(?:[0-9]?[A-Z][A-Z0-9]{0,14}|[A-Z]?[a-z]{2,12}[0-9]{0,4}|[0-9]{1,4}(?:x[0-9]{1,4})?)'
const NAMED = new RegExp(`^_?${PART}(?:_${PART}){2,}$`)
/** Three parts or more, each in one case, a word among them: RGBA_ASTC_10x5_Format. */
export const isConstant = (value: string): boolean =>
  NAMED.test(value) && /(?:^|_)(?:[A-Z]?[a-z]{4,}|[A-Z]{4,})(?:_|$)/.test(value)

/**
 * The name of a class or a function: ClockifyV1TagGetAllNode, isValidEd25519PublicKey. Keys that are random hold more digits, or two capitals
 * in a row.
 */
export const isClassName = (value: string): boolean =>
  /^(?:[a-z]{2,12}\d{0,4})?(?:[A-Z][a-z]{2,15}2?|[A-Z][a-z]{1,3}\d{3,5}|V\d|O(?=Auth)|By|Go|Id|Io|Of|To|Ui){3,}$/.test(
    value,
  )

/** A name as C++ compilers write it into programs, whole or behind a sign: _ZN4llvm8PassE. */
const isMangled = (value: string): boolean => /^_Z[NTKLS][A-Z0-9]|^Z[NTKL][A-Z]{0,2}[0-9]{1,2}[a-z]/.test(value)

/** Mostly words, or many short parts: the name of a package, a page or a constant, and no key that a service made. */
export const readsAsWords = (value: string): boolean =>
  wordiness(value) > 0.55 || isIdentifier(value) || isConstant(value) || isClassName(value) || isMangled(value)

const CALL = /^[A-Za-z_$][\w$]*(?:\.[A-Za-z_$][\w$]*)*[[({]/
const NAME =
  /^(?:[A-Za-z$]+|_)(?:[._][A-Za-z$]+)+[,;)\]}]*$|^[A-Za-z_$]*(?:[Pp]assw(?:or)?d|[Pp]wd|[Ss]ecret|[Tt]oken)[A-Za-z_$]*[,;)\]}]*$|^(?:[A-Z][a-z]+)+(?:Type|Key|Str|String)[,;)\]}]*$/

/** Code that yields a value, and no literal: `module.params[`, `Optional[str]`, `self.password`, `login_password`, `password}`, a type. */
export const readsAsExpression = (value: string): boolean => CALL.test(value) || NAME.test(value)

interface Characters {
  /** Of lower case, upper case, digits and all others, how many kinds there are. */
  readonly classes: number
  readonly digits: number
  /** Hexadecimal digits and hyphens only. */
  readonly isHex: boolean
}

/** In one go: a file may hold a value in every line. */
function charactersOf(value: string): Characters {
  let [lower, upper, digits, hex] = [0, 0, 0, 0]
  for (let i = 0; i < value.length; i++) {
    const code = value.charCodeAt(i)
    const folded = code | 0x20
    if (code >= 0x30 && code <= 0x39) digits++
    else if (code >= 0x61 && code <= 0x7a) lower++
    else if (code >= 0x41 && code <= 0x5a) upper++
    if ((code < 0x80 && folded >= 0x61 && folded <= 0x66) || code === 0x2d) hex++
  }
  const others = value.length - lower - upper - digits
  const classes = [lower, upper, digits, others].filter((count) => count > 0).length
  return { classes, digits, isHex: value !== '' && hex + digits === value.length }
}

let lastValue: string | undefined
let lastAnswer = false

/** Random by its classes and letters: what no person types. Asked of one value several times in a row. */
export function looksRandom(value: string): boolean {
  if (value !== lastValue) {
    lastAnswer = isRandom(value)
    lastValue = value
  }
  return lastAnswer
}

/** Letters, at most one digit among them, that no words make up: one key in twenty has no more. Of one case they must be many. */
export function isShuffled(value: string): boolean {
  if (!/^[A-Za-z]*[0-9]?[A-Za-z]*$/.test(value)) return false
  const letters = value.replace(/[0-9]/, '')
  const changes = letters.match(/[a-z](?=[A-Z])|[A-Z](?=[a-z])/g) ?? []
  if (changes.length === 0 ? letters.length < 20 : changes.length < letters.length * 0.2) return false
  return shannonEntropy(letters) >= 3 && meanStepBits(letters.toLowerCase()) >= 5.6
}

function isRandom(value: string): boolean {
  if (value.length < 12 || /\s/.test(value)) return false
  const { classes, digits, isHex } = charactersOf(value)
  if (isHex) return value.length >= 24 && digits >= 4 && shannonEntropy(value) >= 3
  if (digits < 2 || classes < 2) {
    if (isShuffled(value)) return true
    return classes >= 3 && value.length >= 20 && shannonEntropy(value) >= 4 && wordiness(value) < 0.3
  }
  return shannonEntropy(value) >= Math.min(3.6, Math.log2(value.length) * 0.8) && wordiness(value) < 0.5
}

/** A typed password: no single word or path, some mix. */
export function looksTyped(value: string): boolean {
  if (value.length < 6 || /[\s/\\]/.test(value)) return false
  return charactersOf(value).classes >= 2 && /[0-9]|[^A-Za-z0-9._-]/.test(value)
}

/** A typed password that is no identifier, version, address or markup either: both cases, digits and a sign. */
export function isStrong(value: string): boolean {
  if (value.length < 8 || value.length > 64 || charactersOf(value).classes < 4 || /[\s/\\()<>,;|]/.test(value))
    return false
  return !/^v?\d+\.\d+/.test(value) && !/^[\w.-]+@[\w-]+\.\w/.test(value)
}

/** Random signs of a whole keyboard, and neither a template nor a regular expression: `umpmhs49%pj9^(6arb5lm6ylvuhf9q84nomefm=92#+8eg+nvf`. */
export const isSalt = (value: string): boolean =>
  /^[!-~]{32,128}$/.test(value) &&
  (value.match(/[^0-9A-Za-z_.,:/-]/g) ?? []).length >= 4 &&
  !/\{\{|[$#]\{|\}\)|\)\{|\(0,|\(\?|a-z|\\[dws]|\][+*]|^\[|\(\)/i.test(value) &&
  looksRandom(value)

/** Both cases and a sign, no digit, no words: `GfrWDB*UlbFmF`. */
export const isMixedWithSigns = (value: string): boolean =>
  /^(?=.*[a-z])(?=.*[A-Z])(?=.*[!@#%^&*+=?~])[A-Za-z!@#%^&*+=?~]{10,64}$/.test(value) && !readsAsWords(value)
