// What a moved secret is called: after what it is, not after where it stood; the same name on every run. Never after its value.
import { isPlainWord } from '../compose/secret-names.js'

const MAX_NAME = 64
const STORE_NAME = /^[a-z0-9](?:[a-z0-9_.-]{0,62}[a-z0-9])?$/

/** What people are told of names that no store takes. */
export const NAME_RULE = 'Use a-z, 0-9, _ . - and at most 64 characters, with a letter or digit at both ends.'

/** true where `text` can be a secret's name in every store. */
export const isStoreName = (text: string): boolean => STORE_NAME.test(text)

/** Lower-case, [a-z0-9_.-], beginning and ending alphanumeric: valid for Compose, Swarm (swarmkit: 64 characters) and files. */
export function secretName(text: string): string {
  const cleaned = text
    .replace(/([a-z][0-9]*)([A-Z])/g, '$1_$2')
    .toLowerCase()
    .replace(/[^a-z0-9_.-]+/g, '_')
    .replace(/_+/g, '_')
    .replace(/^[^a-z0-9]+|[^a-z0-9]+$/g, '')
    .slice(0, MAX_NAME)
    .replace(/[^a-z0-9]+$/, '')
  return cleaned === '' ? 'secret' : cleaned
}

/** What the password in a URL is called after the URL's variable: DATABASE_URL holds a database_password. */
export const passwordName = (variable: string): string =>
  `${variable.replace(/(?:^|[_-])?(?:connection[_-]?string|connection|url|uri|dsn)$/i, '')}_password`.replace(/^_/, '')

export interface NamedUse {
  readonly service: string
  /** Variable, label, flag … */
  readonly key: string
  /** true where the service is what the value belongs to (a database's own variable), false for those who only log in there. */
  readonly owner: boolean
  /** The name of an owner's image: redis. */
  readonly image?: string | undefined
}

/** Names that say nothing without their service. */
const VAGUE =
  /^(?:password|passwd|pass|secret|token|key|api_key|secret_key|app_key|auth|users?\d*|url|database_url|uri|dsn)$/

/**
 * A name for one value and all its uses: the owner's variable where there is one, else the first by service and key; a vague variable
 * gets its service in front, or what several of them have in common: in their names, else their image's.
 */
export function nameFor(uses: readonly NamedUse[]): string {
  const ordered = [...uses].sort(
    (a, b) => Number(b.owner) - Number(a.owner) || compare(a.service, b.service) || compare(a.key, b.key),
  )
  const [first] = ordered
  if (first === undefined) return 'secret'
  const key = secretName(first.key)
  const service = secretName(inCommon(uses.filter(({ owner }) => owner === first.owner)) ?? first.service)
  return VAGUE.test(key) && !key.startsWith(`${service}_`) ? secretName(`${service}_${key}`) : key
}

/** What several services are called (redis-cache, redis-queue: redis), or their one image; undefined for one service. */
function inCommon(uses: readonly NamedUse[]): string | undefined {
  const services = [...new Set(uses.map((use) => use.service))]
  if (services.length < 2) return undefined
  const [first = [], ...others] = services.map(wordsOf)
  const differing = first.findIndex((word, index) => others.some((words) => words[index] !== word))
  const words = differing < 0 ? first : first.slice(0, differing)
  const images = new Set(uses.map(({ image }) => image))
  return words.length > 0 ? words.join('_') : images.size === 1 ? [...images][0] : undefined
}

const wordsOf = (service: string): readonly string[] => service.toLowerCase().match(/[a-z]+/g) ?? []

/** All that may stand in front of a vague name for what the service has. */
export const frontsOf = (service: string, image: string): readonly string[] => [
  service,
  ...wordsOf(service).map((_, index, words) => words.slice(0, index + 1).join('_')),
  ...(image === '' ? [] : [image]),
]

/** What is left of a name that gets a number. */
const stemOf = (name: string): string => name.slice(0, MAX_NAME - 6)

/** The name that a second holder of `name` gets. */
export const numberedName = (name: string, number: number): string => `${stemOf(name)}_${number}`

const compare = (a: string, b: string): number => (a < b ? -1 : a > b ? 1 : 0)

/** Shorter values, and words, stand in names by chance, and say nothing there. */
const TELLING = 6

/**
 * Gives each wanted name a free one: a second holder of a name gets its service in front, then a number. One that would show a secret
 * (JWT_SECRET: jwt_secret) is called after its service alone, or after nothing.
 */
export class FreeNames {
  readonly #taken: Set<string>
  readonly #given = new Set<string>()
  /** Those that can stand in a name. Plain: must not be printed. */
  readonly #secrets: readonly string[]
  /** The next number to try, by the name that it goes behind. */
  readonly #next = new Map<string, number>()

  constructor(taken: ReadonlySet<string>, secrets: readonly string[] = []) {
    this.#taken = new Set(taken)
    this.#secrets = [...new Set(secrets)].filter(
      (secret) => secret.length >= TELLING && /^[a-z0-9_.-]+$/.test(secret) && !isPlainWord(secret),
    )
  }

  #shows(name: string): boolean {
    return this.#secrets.some((secret) => name.includes(secret))
  }

  has(name: string): boolean {
    return this.#taken.has(name)
  }

  /** Takes `name`, free or not. */
  take(name: string): string {
    this.#taken.add(name)
    this.#given.add(name)
    return name
  }

  /** Takes a free name for what `service` has. `isSame`: what has the name already is this very secret, where nothing else was given it. */
  distinct(wanted: string, service: string, isSame: (name: string) => boolean = () => false): string {
    const isFree = (name: string) => !this.#taken.has(name) || (isSame(name) && !this.#given.has(name))
    const prefix = secretName(service)
    if (this.#shows(wanted)) {
      const own = `${prefix.slice(0, MAX_NAME - 16)}_credential`
      return this.#numbered(this.#shows(own) ? 'credential' : own, isFree)
    }
    if (isFree(wanted)) return this.take(wanted)
    const qualified = wanted.startsWith(`${prefix}_`) ? wanted : secretName(`${prefix}_${wanted}`)
    if (isFree(qualified) && !this.#shows(qualified)) return this.take(qualified)
    return this.#numbered(this.#shows(qualified) ? wanted : qualified, isFree)
  }

  /** Takes `name`, or the first free one with a number behind it. */
  #numbered(name: string, isFree: (name: string) => boolean): string {
    if (isFree(name)) return this.take(name)
    const stem = stemOf(name)
    for (let count = this.#next.get(stem) ?? 2; ; count++) {
      const numbered = numberedName(stem, count)
      if (!isFree(numbered)) continue
      this.#next.set(stem, count + 1)
      return this.take(numbered)
    }
  }
}
