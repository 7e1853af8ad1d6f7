// Google's Artifact Registry and Container Registry: their tag lists name what lies below a path ("child"), so the tree is walked from
// where the globs begin.

import { pullScope, type RegistryClient } from '../../../registry/client.js'
import { NotFoundError, UnreachableError } from '../../../support/errors.js'
import type { RepositoryLister } from '../../types.js'
import { field } from './api.js'
import type { ListerContext } from './index.js'
import { fixedPaths, mustName } from './namespaces.js'

const LIST_BYTES = 64 * 1024 * 1024
const MAX_DEPTH = 16

interface Node {
  readonly children: readonly string[]
  /** Whether there are images right here. */
  readonly isRepository: boolean
}

async function readNode(client: RegistryClient, path: string): Promise<Node> {
  const answer = await readTagList(client, path)
  const children = field(answer, 'child')
  const tags = field(answer, 'tags')
  return {
    children: Array.isArray(children)
      ? children.filter((child) => typeof child === 'string' && /^[^/]+$/.test(child))
      : [],
    isRepository: Array.isArray(tags) && tags.length > 0,
  }
}

/** The list of tags as it comes, with what Google adds to it: "child", and "manifest" by digest. */
export async function readTagList(client: RegistryClient, path: string): Promise<unknown> {
  const request = { kind: 'list', scope: pullScope(path), repository: path } as const
  const response = await client.request(`${path}/tags/list`, request)
  if (response.status !== 200) {
    await response.discard()
    if (response.status === 404) throw new NotFoundError(`${client.host} has no ${path}.`, { hint: 'Check the globs.' })
    throw new UnreachableError(`${client.host} answers ${response.status} when asked what is below ${path}.`, {
      hint: 'The login needs the role artifactregistry.reader.',
    })
  }
  try {
    return JSON.parse(Buffer.from(await response.bytes(LIST_BYTES)).toString('utf8'))
  } catch (cause) {
    throw new UnreachableError(`${client.host} answers with something that is no JSON.`, { cause })
  }
}

async function* below(client: RegistryClient, path: string, depth: number): AsyncGenerator<string> {
  const node = await readNode(client, path)
  if (node.isRepository) yield path
  if (depth < MAX_DEPTH) for (const child of node.children) yield* below(client, `${path}/${child}`, depth + 1)
}

export function artifactRegistryLister({ registry, client }: ListerContext): RepositoryLister {
  async function* list(signal: AbortSignal): AsyncGenerator<string> {
    const paths = fixedPaths(registry) ?? mustName(registry.host, 'a project', 'my-project/my-repository/**')
    for (const path of paths) yield* below(client.under(signal), path, 0)
  }
  return { list }
}
