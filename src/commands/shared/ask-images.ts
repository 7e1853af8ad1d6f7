// The guided migration's first question: shall the images that the project builds be scanned?
import { loadProject } from '../../compose/load.js'
import type { MigrateRequest } from '../../migrate/run.js'
import { serviceModel } from '../../migrate/service-model.js'
import { UnauthorizedError, UnreachableError } from '../../support/errors.js'
import { asked, prompt } from './ask.js'

/** Asks where the project builds images, an engine can be reached and no flag has said what is known of them. @throws DeclinedError on Ctrl-C. */
export async function askForImages(request: MigrateRequest): Promise<MigrateRequest> {
  if (request.scanFirst || request.report !== undefined || !request.images) return request
  const project = await loadProject(request.load)
  const services = Object.keys((project.model['services'] as object | undefined) ?? {})
  if (!services.some((service) => serviceModel(project, service)['build'] !== undefined)) return request
  if (!(await hasEngine())) return request
  const { confirm } = await import('@inquirer/prompts')
  const scanFirst = await prompt((context) =>
    confirm(
      { message: asked('Scan the images of this project first, and move what they hold?'), default: true },
      context,
    ),
  )
  return { ...request, scanFirst }
}

/** Images that were built are in an engine: without one there is nothing to scan. */
async function hasEngine(): Promise<boolean> {
  const { listEngineImages } = await import('../../image/sources/engine-images.js')
  try {
    await listEngineImages('docker', false)
    return true
  } catch (error) {
    if (error instanceof UnreachableError || error instanceof UnauthorizedError) return false
    throw error
  }
}
