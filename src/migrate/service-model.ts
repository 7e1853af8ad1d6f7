// What the resolved model says of a service.
import type { ComposeProject } from '../compose/types.js'
import { asList, asTree } from '../support/tree.js'

type ServiceModel = Readonly<Record<string, unknown>>

export function serviceModel(project: ComposeProject, service: string): ServiceModel {
  const services = project.model['services'] as Readonly<Record<string, ServiceModel>> | undefined
  return services?.[service] ?? {}
}

/** The image that a service runs; one that it builds has the name that Compose gives it. */
export function imageOf(project: ComposeProject, service: string): string {
  const { image } = serviceModel(project, service)
  return typeof image === 'string' ? image : `${project.name}-${service}`
}

/** One spelling of an image's name. */
export function imageName(image: string): string {
  const short = image.replace(/^(?:index\.)?docker\.io\//, '').replace(/^library\//, '')
  return /[:@][^/]*$/.test(short) ? short : `${short}:latest`
}

/** Names of the images that a service builds or runs. */
export const namesOf = (project: ComposeProject, service: string): readonly string[] =>
  [imageOf(project, service), ...asList(asTree(serviceModel(project, service)['build'])['tags']).map(String)].map(
    imageName,
  )
