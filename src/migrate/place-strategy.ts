// Values in labels, configs and health checks: which of them can move, and what to do by hand about the others.
import { isSecret } from '../compose/secret-names.js'
import type { ComposeProject, LocatedValue } from '../compose/types.js'
import { asTree } from '../support/tree.js'
import type { Candidate } from './candidates.js'
import { configName } from './config-content.js'
import { repositoryOf } from './conventions.js'
import { activating } from './inactive-services.js'
import { ofIncluded } from './included.js'
import { HOOKS } from './rewrites/hooks.js'
import { imageOf, serviceModel } from './service-model.js'
import { none, type Strategy } from './strategy-kind.js'
import { usersLabel } from './traefik-label.js'
import type { StoreKind } from './types.js'

/** How a service had a config: where, and with which bits (Compose's default is 0444 at /NAME). */
export interface ConfigGrant {
  readonly service: string
  readonly target: string
  readonly mode: number
}

/** Of a list behind its first word. */
function isWord({ path }: Candidate['value']): boolean {
  const item = path.at(-1)
  return typeof item === 'number' && item > 1
}

const DEFAULT_MODE = 0o444
const WRITES_OR_RUNS = 0o333
/** For candidates that are `other` than variables and options. */
export function placeStrategy(candidate: Candidate, project: ComposeProject, store: StoreKind): Strategy {
  const { value, because } = candidate
  const included = ofIncluded(candidate, project)
  if (included !== undefined) return { by: 'none', ...included }
  switch (value.section) {
    case 'labels':
    case 'deploy.labels':
      return labelStrategy(candidate, project)
    case 'configs':
      return configStrategy(candidate, project, store)
    case 'dotenv':
      return none(
        `${because}: no service of this project has it.`,
        'Remove the line where nothing else reads this file.',
      )
    case 'build':
      return none(
        `${because}: the Dockerfile that holds it is written inside the Compose file, where it is not edited.`,
        'Put it into a file (build: dockerfile: NAME), then plan again.',
      )
    case 'healthcheck':
      return none(
        `${because}: the check's command holds it.`,
        asVariable(value, project, `the check${isWord(value) ? ', as a script (["CMD-SHELL", "…"])' : ''}`),
      )
    default:
      return HOOKS.some((hook) => value.path[2] === hook)
        ? none(
            `${because}: a ${value.path[2]} hook holds it.`,
            asVariable(value, project, 'the command of the hook, as a script (["sh", "-c", "…"])'),
          )
        : none(`${because}: nothing is known of who reads it here.`, 'Move it by hand.')
  }
}

/** How a health check or a hook comes to read what its service has: a shell that Compose leaves the variable to. */
function asVariable(value: LocatedValue, project: ComposeProject, where: string): string {
  const [service = value.service ?? ''] = value.usedBy
  const has = asTree(serviceModel(project, service)['environment'])
  const stands = (name: string) => has[name] !== undefined && value.resolved.includes(String(has[name]))
  const known =
    value.interpolates.find(stands) ??
    Object.keys(has).find((name) => isSecret(name, String(has[name])) && stands(name))
  return known === undefined
    ? `Put it into a variable of the service under environment: and write $$NAME of that in ${where}; then plan again, and both move.`
    : `${service} has it as ${known}: write $$${known} in ${where}, and plan again: both move.`
}

/** Traefik's users, which it also reads from a file (traefik.io: BasicAuth, usersFile), are the one label that can point to a secret. */
function labelStrategy({ value, because, services }: Candidate, project: ComposeProject): Strategy {
  const label = usersLabel(value.key)
  if (label === undefined)
    return none(
      `${because}: a label is text that the engine shows to everyone who may ask it.`,
      'Let the program that reads the label take the value from a file, and grant it the secret.',
    )
  const readers = Object.keys((project.model['services'] as object | undefined) ?? {}).filter((service) =>
    /(?:^|\/)traefik$/.test(repositoryOf(imageOf(project, service))),
  )
  const byHand = `Write ${label.fileKey}=/run/secrets/NAME, one user a line in the secret, and grant it to Traefik.`
  const [reader] = readers
  if (reader === undefined) return none(`${because}: no service of this project runs Traefik, which reads it.`, byHand)
  if (readers.length > 1) return none(`${because}: ${readers.join(', ')} may each read it.`, byHand)
  const has = services.some((service) => hasLabel(project, service, label.fileKey))
  if (has) return none(`${because}: ${label.fileKey} is set as well.`, 'Write all users into that file.')
  return { by: 'label', key: label.fileKey, reader }
}

function hasLabel(project: ComposeProject, service: string, key: string): boolean {
  const { labels, deploy } = serviceModel(project, service) as {
    readonly labels?: object
    readonly deploy?: { readonly labels?: object }
  }
  const keys = [...Object.keys(labels ?? {}), ...Object.keys(deploy?.labels ?? {})]
  return keys.some((each) => each.toLowerCase() === key.toLowerCase())
}

/** The whole content becomes the secret, at the same path. A secret's file is mounted read-only, as a config without write bits. */
function configStrategy({ value, because }: Candidate, project: ComposeProject, store: StoreKind): Strategy {
  const name = configName(value) ?? ''
  const reason = `${because}: configs are not kept secret.`
  const grants = configGrants(project, name)
  const byHand = (grant: string) =>
    `Write the content into a file, declare it under secrets: instead of configs:, and grant it with ${grant}.`
  if (grants.length === 0)
    return none(`${because}: no active service uses the config ${name}.`, 'Remove it, or run again with --profile.')
  const inactive = project.values.find(
    ({ section, service, resolved }) =>
      section === 'configs' && resolved === name && service !== undefined && project.inactiveServices.includes(service),
  )
  if (inactive?.service !== undefined)
    return none(`${inactive.service} is in no active profile.`, activating([inactive.service], project))
  const special = grants.find(({ mode, owned }) => (mode & WRITES_OR_RUNS) !== 0 || (owned && store !== 'swarm'))
  if (special !== undefined)
    return none(
      `${reason.slice(0, -1)}, but ${special.service} has it with an owner or with bits that Compose does not give to a secret's file.`,
      byHand(`source: ${name}, target: ${special.target}`),
    )
  if (grants.some(({ owned }) => owned)) return none(reason, byHand(`the same target, uid, gid and mode`))
  // Compose warns of a mode that a file on the host has anyway.
  const saysMode = store !== 'compose-file'
  return {
    by: 'config',
    config: name,
    grants: grants.map(({ service, target, mode }) => ({ service, target, mode })),
    saysMode,
  }
}

function configGrants(project: ComposeProject, name: string): readonly (ConfigGrant & { readonly owned: boolean })[] {
  const services = Object.keys((project.model['services'] as object | undefined) ?? {})
  return services.flatMap((service) => {
    const { configs } = serviceModel(project, service)
    const own = (Array.isArray(configs) ? configs : []) as readonly Readonly<Record<string, unknown>>[]
    return own
      .filter(({ source }) => source === name)
      .map(({ target, mode, uid, gid }) => ({
        service,
        target: typeof target === 'string' ? target : `/${name}`,
        mode: typeof mode === 'number' ? mode : typeof mode === 'string' ? Number.parseInt(mode, 8) : DEFAULT_MODE,
        owned: uid !== undefined || gid !== undefined,
      }))
  })
}
