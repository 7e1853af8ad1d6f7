// What no edit does for images that are built already: rebuild, deploy, check, delete. Ends a plan, and what is said once it is applied.
import { shellWord } from '../support/shell-word.js'
import { changesImage } from './image-notes.js'
import type { Gathered } from './plan.js'
import { type Move, readersOf } from './plan-moves.js'
import {
  type AsGiven,
  beforeTag,
  composeOptions,
  forProject,
  isOfSwarm,
  keepingCommands,
  type Restarted,
  redeployCommands,
  stackCommand,
} from './project-words.js'
import { imageName, imageOf, namesOf, serviceModel } from './service-model.js'
import type { Afterwards, RebuiltImages } from './types.js'

const BIN = 'secretscan'

/** `docker compose` with the files that were named, by `exec` where it is that which reads the secrets. */
export function composeCommand(
  gathered: Pick<Gathered, 'project' | 'composeFiles' | 'envFiles' | 'cwd' | 'store' | 'agent'>,
  moves: readonly Move[],
): string {
  const { project, cwd } = gathered
  const prefix = byExec(gathered, moves) ? `${BIN} exec -- ` : ''
  return `${prefix}docker compose ${composeOptions({ ...gathered, projectDir: project.directory }, cwd ?? project.directory)}`.trimEnd()
}

/** An agent brings the secrets of running services, not those of builds. */
const byExec = ({ store, agent }: Pick<Gathered, 'store' | 'agent'>, moves: readonly Move[]): boolean =>
  store.referenceOf !== undefined &&
  !isStack({ store }) &&
  (agent === undefined || moves.some(({ strategy }) => strategy.by === 'build'))

/** The project is deployed as a stack of a Swarm. */
export const isStack = ({ store }: { readonly store: Pick<Gathered['store'], 'kind' | 'options'> }): boolean =>
  isOfSwarm({ store: store.kind, options: store.options })

/** What deploys the project as a stack. */
export function deployCommand({
  project,
  store,
  cwd = project.directory,
  ...given
}: Pick<Gathered, 'project' | 'store' | 'cwd'> & AsGiven) {
  const files = project.files.filter(({ kind }) => kind === 'compose').map(({ file }) => file)
  const deploy = stackCommand(files, cwd)
  if (store.kind !== 'vault') return deploy
  return `${forProject(`${BIN} migrate sync`, { projectDir: project.directory, ...given }, cwd)} && ${deploy}`
}

/** Services whose images hold values: those that moves change, and those that findings are of. */
function builtServices({ builds, reported }: Gathered, moves: readonly Move[]): readonly string[] {
  const all = [...moves.filter(changesImage).flatMap(({ candidate }) => candidate.services), ...reported.services]
  return [...new Set(all)].filter((service) => builds.of.has(service) || builds.closed.has(service)).sort()
}

/** All that run one of the images: some build it, others only name it. One of a profile is not started for that. */
function runningToo(project: Gathered['project'], builders: readonly string[]): readonly string[] {
  const names = new Set(builders.flatMap((service) => namesOf(project, service)))
  const all = Object.keys((project.model['services'] as object | undefined) ?? {})
  return all.filter(
    (service) =>
      names.has(imageName(imageOf(project, service))) && serviceModel(project, service)['profiles'] === undefined,
  )
}

/** What is built anew; undefined: no image holds anything. */
export function rebuilt(gathered: Gathered, moves: readonly Move[]): RebuiltImages | undefined {
  const { project } = gathered
  const services = builtServices(gathered, moves)
  if (services.length === 0) return undefined
  const images = [...new Set(services.map((service) => imageOf(project, service)))]
  return { services, images, byExec: byExec(gathered, moves) }
}

/** All that are to be started anew: those that moves concern, and those that run an image which is built anew. */
export function startedAnew(
  { project }: Gathered,
  moves: readonly Move[],
  builds: RebuiltImages | undefined,
): readonly string[] {
  const concerned = moves.flatMap((move) => [
    ...move.candidate.services,
    ...(move.candidate.unread ?? []),
    ...readersOf(move),
  ])
  const built = builds?.services ?? []
  return [...new Set([...concerned, ...built, ...runningToo(project, built)])].sort()
}

/** In order; [] where no image holds anything. */
export function afterwards(
  { project, reported, cwd = project.directory }: Pick<Gathered, 'project' | 'reported' | 'cwd'>,
  plan: Restarted,
): readonly Afterwards[] {
  if (plan.builds === undefined) return []
  const { images } = plan.builds
  const others = reported.tags.filter((tag) => !images.some((image) => image === tag || `${image}:latest` === tag))
  const build = {
    what: 'Keep the old image for the comparison (where it is built), build the new one, and start all services anew that changed:',
    commands: [...keepingCommands(plan), ...redeployCommands(plan, BIN, { cwd })],
    redeploys: true,
  } as const
  return [build, ...checking(images, others)]
}

/** The same for images that `build` makes anew by themselves. */
export const afterBuild = (images: readonly string[], build: (image: string) => string): readonly Afterwards[] => [
  {
    what: 'Keep the old image for the comparison (where it is built), build the new one, and start what runs it anew:',
    commands: [
      ...images.map((image) => `docker tag ${shellWord(image)} ${shellWord(beforeTag(image))}`),
      ...images.map((image) => build(shellWord(image))),
    ],
  },
  ...checking(images, []),
]

/** What follows a build; `others` are further tags of the old images. */
function checking(images: readonly string[], others: readonly string[]): readonly Afterwards[] {
  const old = [...images.map(beforeTag), ...others].map(shellWord).join(' ')
  return [
    {
      what: 'Check: the first shows what the new image itself still holds, the second what it holds that the old one did not:',
      commands: images.flatMap((image) => [
        `${BIN} image ${shellWord(image)} --base-image auto --origin own`,
        `${BIN} image ${shellWord(image)} --since ${shellWord(beforeTag(image))}`,
      ]),
    },
    {
      what: 'Once it runs, delete what still holds the values: the old tags, here and in every registry that they were pushed to, and the build cache:',
      commands: [`docker image rm ${old}`, 'docker builder prune'],
    },
  ]
}
