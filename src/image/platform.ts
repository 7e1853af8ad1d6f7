// Platforms as indexes name them: os/architecture[/variant]. Chooses, opens nothing.
import { PlatformNotFoundError, UsageError } from '../support/errors.js'
import { nearest } from '../support/nearest.js'
import { printable } from '../support/printable.js'

export interface Platform {
  readonly os: string
  readonly architecture: string
  readonly variant?: string
}

/** Names that other systems use, in the words of Go's GOARCH, which images use. */
const ARCHITECTURES: ReadonlyMap<string, string> = new Map([
  ['x64', 'amd64'],
  ['x86_64', 'amd64'],
  ['x86-64', 'amd64'],
  ['aarch64', 'arm64'],
  ['armhf', 'arm'],
  ['ia32', '386'],
  ['i386', '386'],
  ['loong64', 'loong64'],
])

/** Reads os/arch[/variant]; throws UsageError for anything else. */
export function parsePlatform(text: string): Platform {
  const parts = text.toLowerCase().split('/')
  const [os, architecture, variant] = parts
  if (!os || !architecture || variant === '' || parts.length > 3) {
    throw new UsageError(`"${printable(text)}" is not a platform.`, {
      hint: 'Write os/architecture or os/architecture/variant, e.g. linux/arm64, or "all".',
    })
  }
  return {
    os,
    architecture: ARCHITECTURES.get(architecture) ?? architecture,
    ...(variant === undefined ? {} : { variant }),
  }
}

/** Go's GOOS and GOARCH, as far as images are made for them. */
const KNOWN = {
  os: ['linux', 'windows', 'darwin', 'freebsd', 'wasip1'],
  architecture: [
    '386',
    'amd64',
    'arm',
    'arm64',
    'loong64',
    'mips',
    'mips64',
    'mips64le',
    'mipsle',
    'ppc64',
    'ppc64le',
    'riscv64',
    's390x',
    'wasm',
  ],
}

/** What a platform's text is a typing mistake of; undefined where it may be meant. @throws UsageError as parsePlatform. */
export function likelyPlatform(text: string): string | undefined {
  const { os, architecture, variant } = parsePlatform(text)
  const likely = [nearest(os, KNOWN.os) ?? os, nearest(architecture, KNOWN.architecture) ?? architecture]
  if (likely[0] === os && likely[1] === architecture) return undefined
  return [...likely, ...(variant === undefined ? [] : [variant])].join('/')
}

/** Linux on this machine's architecture. */
function defaultPlatform(): Platform {
  return { os: 'linux', architecture: ARCHITECTURES.get(process.arch) ?? process.arch }
}

function platformName({ os, architecture, variant }: Platform): string {
  return [os, architecture, ...(variant === undefined ? [] : [variant])].join('/')
}

/** Whether `offered` serves `wanted`: a variant counts only where it is asked for, and arm64 is arm64/v8, amd64 amd64/v1. */
function serves(offered: Platform, wanted: Platform): boolean {
  if (offered.os !== wanted.os || offered.architecture !== wanted.architecture) return false
  return wanted.variant === undefined || variantOf(offered) === variantOf(wanted)
}

function variantOf({ architecture, variant }: Platform): string | undefined {
  if (variant !== undefined) return variant
  return architecture === 'arm64' ? 'v8' : architecture === 'amd64' ? 'v1' : undefined
}

/**
 * Those of `offered` that `request` asks for: "all", a platform or several, or undefined for the default; a lone entry needs no
 * request. Throws PlatformNotFoundError that lists what there is.
 */
export function choosePlatforms<T extends { readonly platform: Platform }>(
  offered: readonly T[],
  request: string | readonly string[] | undefined,
): readonly T[] {
  if (request === 'all' || (request === undefined && offered.length <= 1)) return offered
  const names = request === undefined || typeof request === 'string' ? [request] : request
  const wanted = names.map((name) => (name === undefined ? defaultPlatform() : parsePlatform(name)))
  const chosen = offered.filter(({ platform }) => wanted.some((one) => serves(platform, one)))
  if (chosen.length > 0 || offered.length === 0) return chosen
  const offers = [...new Set(offered.map(({ platform }) => printable(platformName(platform))))].sort()
  throw new PlatformNotFoundError(
    `The image has nothing for ${wanted.map(platformName).join(' or ')}; it has ${offers.join(', ')}.`,
    {
      hint: 'Choose one with --platform, or scan every one with --platform all.',
    },
  )
}

/** Whether an image for `offered` (os/arch[/variant], as its configuration says) is what `wanted` asks for; one that says nothing may be. */
export function isForPlatform(offered: string, wanted: string): boolean {
  const [os = '', architecture = '', variant] = offered.toLowerCase().split('/')
  if ([os, architecture].some((part) => part === '' || part === 'unknown')) return true
  return serves({ os, architecture, ...(variant === undefined ? {} : { variant }) }, parsePlatform(wanted))
}
