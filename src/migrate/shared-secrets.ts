// Which values are one secret, and what it is called. Equal values alone do not say it: two accounts that have the same password today
// are two secrets, or no one could change one of them.
import { basename } from 'node:path'
import type { ComposeProject } from '../compose/types.js'
import { valuesOf } from '../compose/value-index.js'
import { UsageError } from '../support/errors.js'
import { isOwner } from './account-login.js'
import { belongTogether, bestOf } from './accounts.js'
import { holds, movedBefore, storedText } from './already-stored.js'
import type { Candidate } from './candidates.js'
import { repositoryOf } from './conventions.js'
import { isDatabase, ownsVariable } from './databases.js'
import { FreeNames, nameFor, passwordName } from './names.js'
import type { Chosen, DecideContext } from './plan-moves.js'
import { imageOf } from './service-model.js'
import { usersLabel } from './traefik-label.js'

/**
 * One name for each group of values that are one secret, that shows none of `secrets`.
 * @throws UsageError where a wished name is another value's.
 */
export function nameGroups(
  chosen: readonly Chosen[],
  context: DecideContext,
  secrets: readonly string[],
): ReadonlyMap<Candidate, string> {
  const { project, taken, names: wishes, stored, inStore } = context
  const before = movedBefore(chosen, context)
  const used = new FreeNames(taken, secrets)
  const names = new Map<Candidate, string>()
  const texts = new Map(chosen.map((each) => [each.candidate, storedText(each)]))
  const all = [...[...before.keys()].map((candidate): Chosen => ({ candidate, strategy: { by: 'shim' } })), ...chosen]
  for (const members of groupsOf(all, context)) {
    const group = members.filter((candidate) => !before.has(candidate))
    if (group.length === 0) continue
    // A URL's variable is called after more than the password in it, and what a rule found in a command after the rule.
    const whole = orAll(group, ({ url }) => url === undefined)
    const named = orAll(
      whole,
      ({ given, variable }) => given?.by !== 'text' || valuesOf(project).withKey(variable).length > 0,
    ).flatMap((candidate) =>
      candidate.services.map((service) => ({
        service,
        key: nameKey(candidate),
        ...(isOwner(candidate, project) && ownsVariable(candidate, service, project)
          ? { owner: true, image: imageName(project, service) || undefined }
          : { owner: false }),
      })),
    )
    // A database that only has the file in which its client's value stands gives it no name.
    const clients = named.filter(({ owner, service }) => owner || !isDatabase(service, project))
    const uses = clients.length > 0 ? clients : named
    const wish = group.map(({ id }) => wishes[id]).find((each) => each !== undefined)
    const isSame = (name: string) => group.every((candidate) => holds(stored, name, texts.get(candidate) ?? ''))
    const isUnused = (name: string) => inStore?.has(name) === true && isSame(name)
    const there = members.map((candidate) => before.get(candidate)).find((name) => name !== undefined)
    if (wish !== undefined && used.has(wish) && wish !== there && !isSame(wish))
      throw new UsageError(`The name ${wish} is another secret's.`, { hint: 'Choose another one with --name.' })
    const own = wish ?? there
    const name = own === undefined ? used.distinct(nameFor(uses), uses[0]?.service ?? 'app', isUnused) : used.take(own)
    for (const candidate of group) names.set(candidate, name)
  }
  return names
}

/** Without its registry, its folders and its tag. */
export const imageName = (project: ComposeProject, service: string): string =>
  basename(repositoryOf(imageOf(project, service)))

/** Those that are so, or all where none is. */
function orAll(group: readonly Candidate[], isSo: (candidate: Candidate) => boolean): readonly Candidate[] {
  const found = group.filter(isSo)
  return found.length > 0 ? found : group
}

/** Values that are one secret so far. */
interface Group {
  readonly members: Candidate[]
  readonly owners: Candidate[]
  readonly isSettings: boolean
  wish: string | undefined
}

/**
 * Owners' variables first, each account a group; then what their command lines give of them; then the clients, each to the account that
 * fits best. Owners join where all of the account say so, clients where one owner does: never through another client alone. In the order
 * of the files.
 */
function groupsOf(chosen: readonly Chosen[], { project, names }: DecideContext): readonly (readonly Candidate[])[] {
  const places = new Map(chosen.map(({ candidate }, index) => [candidate, index]))
  const isOwning = (candidate: Candidate) => isOwner(candidate, project)
  const rankOf = (candidate: Candidate) => (!isOwning(candidate) ? 2 : candidate.what === 'flag' ? 1 : 0)
  const groups = new Map<string, Group[]>()
  for (const { candidate, strategy } of [...chosen].sort((a, b) => rankOf(a.candidate) - rankOf(b.candidate))) {
    const isSettings = strategy.by === 'settings'
    const wish = names[candidate.id]
    const equal = groups.get(candidate.secret) ?? []
    groups.set(candidate.secret, equal)
    const isTogether = (other: Candidate) => belongTogether(candidate, other, project)
    const fitting = equal.filter((group) => {
      const isWished = wish === undefined || group.wish === undefined || wish === group.wish
      if (!isWished || isSettings !== group.isSettings) return false
      const isFirst = rankOf(candidate) === 0 || group.owners.length === 0
      return isFirst ? group.members.every(isTogether) : group.owners.some(isTogether)
    })
    const own = isOwning(candidate) ? [candidate] : []
    const group = rankOf(candidate) === 0 ? fitting[0] : bestOf(candidate, fitting, project)
    if (group === undefined) equal.push({ members: [candidate], owners: own, isSettings, wish })
    else {
      group.members.push(candidate)
      group.owners.push(...own)
      group.wish ??= wish
    }
  }
  const placeOf = (candidate: Candidate) => places.get(candidate) ?? 0
  return [...groups.values()]
    .flat()
    .map(({ members }) => members.sort((a, b) => placeOf(a) - placeOf(b)))
    .sort(([a], [b]) => (a === undefined || b === undefined ? 0 : placeOf(a) - placeOf(b)))
}

/** What a value is called where no service names it better. */
export function nameKey({ what, variable, value, given, url }: Candidate): string {
  if (url !== undefined) return passwordName(variable)
  if (what === 'flag') {
    const own = variable.replace(/^-+/, '').replaceAll('-', '_')
    const isNamed = given?.by === 'variable' || given?.by === 'text' || /token|key|secret|masterauth/i.test(own)
    const saysWhose = given?.by === 'option' && /._./.test(own)
    return (isNamed && own.length > 2) || saysWhose ? own.replace(/^.*\./, '') : 'password'
  }
  const label = usersLabel(value.key)
  return label === undefined ? variable : `${label.middleware}_users`
}
