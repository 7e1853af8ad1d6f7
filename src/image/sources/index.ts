// Opens the place that a target names. One line a source; the sources themselves are the files beside this one.
import {
  NotFoundError,
  PlatformNotFoundError,
  type SecretscanError,
  SimilarNamesError,
  UnauthorizedError,
  UnreachableError,
} from '../../support/errors.js'
import { sentence } from '../../support/sentence.js'
import { parsePlatform } from '../platform.js'
import { isImageId, type Target } from '../reference.js'
import type { OpenSource, SourceOptions } from '../types.js'
import { openArchive } from './archive.js'
import { openOciLayout } from './oci-layout.js'
import { openStdin } from './stdin.js'

/** Opens `target`; throws UsageError for a platform that is none, NotFoundError, UnreachableError, UnauthorizedError, NotAnImageError or CorruptImageError. */
export async function openSource(target: Target, options: SourceOptions): Promise<OpenSource> {
  const { platform } = options
  if (platform !== undefined && platform !== 'all') parsePlatform(platform)
  switch (target.kind) {
    case 'archive':
      return openArchive(target.path, options)
    case 'oci':
      return openOciLayout(target.path, target.tag, options)
    case 'stdin':
      return openStdin(options)
    case 'docker':
    case 'podman':
      return openEngine(target.reference, target.kind, options)
    case 'registry':
      return openRegistry(target.reference, options)
    case 'engine-or-registry':
      return openEngineOrRegistry(target.reference, options)
  }
}

/** The registry is asked only where the engine has no such image, or none can be used; where both fail, both reasons are said. */
async function openEngineOrRegistry(reference: string, options: SourceOptions): Promise<OpenSource> {
  const engine = await openEngine(reference, 'docker', options).catch(unavailable)
  if (!(engine instanceof Error)) return engine
  if (isImageId(reference)) throw engine
  const registry = await openRegistry(reference, options).catch(unavailable)
  if (!(registry instanceof Error)) return registry
  const kinds = [NotFoundError, UnauthorizedError]
  const kind = kinds.find((each) => registry instanceof each) ?? UnreachableError
  const hint = hintOf(engine, registry)
  throw new kind(`${sentence(engine.message)} ${sentence(registry.message)}`, {
    ...(hint === undefined ? {} : { hint }),
    ...(engine.detail === undefined ? {} : { detail: engine.detail }),
    cause: new AggregateError([engine, registry]),
  })
}

/** What to do where neither gave the image. */
function hintOf(engine: SecretscanError, registry: SecretscanError): string | undefined {
  // A tag that was forgotten is likelier than a network that is broken.
  if (engine instanceof SimilarNamesError) return engine.hint
  const isClosed = engine instanceof UnauthorizedError
  const hasNeither = engine instanceof UnreachableError && registry instanceof UnreachableError
  if (!isClosed && !hasNeither) return registry.hint ?? engine.hint
  const hints = [engine.hint, registry.hint].filter((hint) => hint !== undefined)
  return hints.length === 0 ? undefined : hints.map(sentence).join(' ')
}

/** Why no engine could be used, of an error of openSource() for an image that no registry gave either. */
export function engineFailure(error: SecretscanError): SecretscanError | undefined {
  const [engine] = error.cause instanceof AggregateError ? (error.cause.errors as readonly SecretscanError[]) : []
  return engine instanceof UnreachableError || engine instanceof UnauthorizedError ? engine : undefined
}

/** Reasons to look elsewhere; what is wrong with the image itself is thrown on. */
function unavailable(error: unknown): SecretscanError {
  if (error instanceof PlatformNotFoundError) throw error
  if (error instanceof NotFoundError || error instanceof UnreachableError || error instanceof UnauthorizedError)
    return error
  throw error
}

async function openEngine(reference: string, kind: 'docker' | 'podman', options: SourceOptions): Promise<OpenSource> {
  const engine = await import('./docker-engine.js')
  return engine.openDockerEngine(reference, kind, options)
}

/** Loaded when needed: most runs need no network. */
async function openRegistry(reference: string, options: SourceOptions): Promise<OpenSource> {
  const registry = await import('./registry.js')
  return registry.openRegistry(reference, options)
}
