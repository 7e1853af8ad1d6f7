// Services that are one server between them.
import type { ComposeProject } from '../compose/types.js'
import { serviceModel } from './service-model.js'

/** true for services of one name but for its number (minio1, minio2) that run one image in one environment. */
export function areNodes(one: string, other: string, project: ComposeProject): boolean {
  const [name, second] = [one, other].map((each) => each.replace(/[-_.]?\d+$/, ''))
  const isSame = (key: string) =>
    JSON.stringify(serviceModel(project, one)[key] ?? null) ===
    JSON.stringify(serviceModel(project, other)[key] ?? null)
  return name === second && name !== one && name !== other && ['image', 'build', 'environment'].every(isSame)
}
