// The images that a project's services run: what may serve to look at a secret from inside.
import { type LoadOptions, loadProject } from '../compose/load.js'
import { imageOf } from './service-model.js'

/** Of all services, in the files' order. */
export async function imagesOf(load: LoadOptions): Promise<readonly string[]> {
  const project = await loadProject(load)
  const services = Object.keys((project.model['services'] ?? {}) as Readonly<Record<string, unknown>>)
  return [...new Set(services.map((service) => imageOf(project, service)))]
}
