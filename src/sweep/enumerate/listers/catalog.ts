// Registries that have the catalog of distribution (`/v2/_catalog`): plain ones, Amazon ECR, and Azure under a name of its own.
import { listRepositories } from '../../../registry/listing.js'
import { NotFoundError, UnauthorizedError } from '../../../support/errors.js'
import type { RepositoryLister } from '../../types.js'
import type { ListerContext } from './index.js'

export function catalogLister({ client }: ListerContext): RepositoryLister {
  return { list: (signal) => listRepositories(client.under(signal)) }
}

/** Azure Container Registry: `/acr/v1/_catalog`, with the same pages and the same tokens. */
export function acrLister({ client }: ListerContext): RepositoryLister {
  return { list: (signal) => listRepositories(client.under(signal), '/acr/v1/_catalog') }
}

/**
 * Amazon ECR answers to `_catalog` on private registries, at most 1,000 names a page, for a login that may read all repositories. Its
 * tokens end after twelve hours: the credential helper gets new ones.
 */
export function ecrLister({ client }: ListerContext): RepositoryLister {
  async function* list(signal: AbortSignal): AsyncGenerator<string> {
    try {
      yield* listRepositories(client.under(signal))
    } catch (error) {
      if (error instanceof UnauthorizedError || error instanceof NotFoundError)
        throw new UnauthorizedError(`${client.host} does not let this login list its repositories.`, {
          hint: 'Tokens of ECR end after 12 hours: set credHelpers to ecr-login in the docker configuration; or name the repositories (aws ecr describe-repositories lists them).',
          cause: error,
        })
      throw error
    }
  }
  return { list }
}
