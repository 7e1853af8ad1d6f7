// The images that a Docker Engine or Podman has, for `--all` and for finding the base of an image.
import { NotFoundError } from '../../support/errors.js'
import type { EngineKind } from './docker-connection.js'
import { connectEngine, type EngineClient, engineFailure } from './engine-client.js'

export interface EngineImage {
  readonly id: string
  /** Sorted; where it has no tag, its names with a digest; empty for an image without any ("dangling"). */
  readonly names: readonly string[]
}

/** What engines write in place of a name that was taken away. */
const NO_NAME = '<none>:<none>'
const NO_DIGEST = '<none>@<none>'

async function listed(client: EngineClient): Promise<readonly EngineImage[]> {
  const images = await client.docker.listImages().catch(async (error: unknown) => {
    throw await engineFailure(client, 'list of images', error)
  })
  const found = images.map(({ Id, RepoTags, RepoDigests }) => ({ id: Id, names: namesOf(RepoTags, RepoDigests) }))
  return found.sort((a, b) => ((a.names[0] ?? a.id) < (b.names[0] ?? b.id) ? -1 : 1))
}

/** What was pulled by its digest (a Swarm does nothing else) has no tag, and is not without a name. */
function namesOf(tags: readonly string[] | null | undefined, digests: readonly string[] | null | undefined): string[] {
  const tagged = (tags ?? []).filter((name) => name !== NO_NAME)
  return (tagged.length > 0 ? tagged : (digests ?? []).filter((name) => name !== NO_DIGEST)).sort()
}

/**
 * One reference for each image, however many names it has; with `dangling` the IDs of those without a name too.
 * @throws UnreachableError, UnauthorizedError.
 */
export async function listEngineImages(kind: EngineKind, dangling: boolean): Promise<readonly string[]> {
  const images = await listed(await connectEngine(kind))
  return images.flatMap(({ id, names }) => names[0] ?? (dangling ? id : []))
}

/**
 * One reference for each image that has a name for which `isMeant` is true, the first of such names. Throws NotFoundError where no
 * image has one; `what` is the user's word for them, made printable.
 */
export async function matchingEngineImages(
  kind: EngineKind,
  isMeant: (name: string) => boolean,
  what: string,
): Promise<readonly string[]> {
  const client = await connectEngine(kind)
  const found = (await listed(client)).flatMap(({ names }) => names.find(isMeant) ?? [])
  if (found.length > 0) return found
  throw new NotFoundError(`${client.name} has no image that ${what} stands for.`, {
    hint: '"*" goes up to the next slash, "**" across; docker images lists what is there.',
  })
}

/** Every named image with its diffIDs, lowest first, as the engine has verified them. One that vanishes meanwhile is left out. */
export async function engineLayers(
  kind: EngineKind,
): Promise<readonly (EngineImage & { readonly diffIds: readonly string[] })[]> {
  const client = await connectEngine(kind)
  const found: (EngineImage & { readonly diffIds: readonly string[] })[] = []
  for (const image of await listed(client)) {
    if (image.names.length === 0) continue
    const inspected = await client.docker
      .getImage(image.id)
      .inspect()
      .catch(() => undefined)
    if (inspected !== undefined) found.push({ ...image, diffIds: inspected.RootFS.Layers ?? [] })
  }
  return found
}

/** Those of `names` that the engine has, with all their names and with what tells which image it is. @throws UnreachableError, UnauthorizedError. */
export async function namedEngineImages(
  kind: EngineKind,
  names: readonly string[],
): Promise<
  readonly {
    readonly name: string
    readonly id: string
    readonly tags: readonly string[]
    readonly diffIds: readonly string[]
  }[]
> {
  const client = await connectEngine(kind)
  const found = await Promise.all(
    names.map(async (name) => {
      const inspected = await client.docker
        .getImage(name)
        .inspect()
        .catch(() => undefined)
      if (inspected === undefined) return []
      const tags = (inspected.RepoTags ?? []).filter((tag) => tag !== NO_NAME).sort()
      return [{ name, id: inspected.Id, tags, diffIds: inspected.RootFS?.Layers ?? [] }]
    }),
  )
  return found.flat()
}
