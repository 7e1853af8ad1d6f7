// What differs between a plan from a file and the plan that would be made now, by names of files, secrets and services. Never values.
import { isDeepStrictEqual } from 'node:util'
import { printable } from '../support/printable.js'
import type { MigrationPlan } from './types.js'

/** What has changed since `old` was made; undefined: nothing. A clause for a sentence. */
export function planDrift(old: MigrationPlan, now: MigrationPlan): string | undefined {
  // As a file has them: without what is undefined. Notes and what git has tell people things that change with every commit, and commands are for
  // where they are typed.
  const [was, is] = [asWritten(old), asWritten(now)]
  if (isDeepStrictEqual(was, is)) return undefined
  const files = differing(was.inputs, is.inputs, ({ path }) => path)
  if (files.length > 0) return `${listed(files)} ${files.length === 1 ? 'has' : 'have'} changed`
  const held = is.left.find(({ place }) => !was.left.some((each) => isDeepStrictEqual(each.place, place)))
  if (held !== undefined) return `${nameOfPlace(held)} has to stay (${printable(held.reason).replace(/\.$/, '')})`
  const names = differing(putsOf(was), putsOf(is), ({ name }) => name)
  if (names.length > 0) return `the store or the project has other secrets by now (${listed(names)})`
  const left = differing(was.left, is.left, ({ place, reason }) =>
    'service' in place ? (place.service ?? reason) : 'path' in place ? place.path : reason,
  )
  const services = differing(
    was.services.map((service) => ({ service })),
    is.services.map((service) => ({ service })),
    ({ service }) => service,
  )
  const about = [...new Set([...services, ...left])]
  return about.length > 0
    ? `the images, or what the project has, are not what they were for ${listed(about)}`
    : 'the images, their scan or the options are not what they were'
}

function nameOfPlace({ place, reason }: MigrationPlan['left'][number]): string {
  const path = 'service' in place && place.service !== undefined ? place.service : 'path' in place ? place.path : reason
  return printable('key' in place && place.key !== undefined ? `${path}.${place.key}` : path)
}

function asWritten(plan: MigrationPlan): MigrationPlan {
  const rotate = plan.rotate?.map(({ neverCommitted: _, ...secret }) => secret)
  return JSON.parse(JSON.stringify({ ...plan, notes: [], afterwards: [], rotate })) as MigrationPlan
}

const putsOf = ({ steps }: MigrationPlan) => steps.flatMap((step) => (step.do === 'put' ? [step] : []))

const listed = (names: readonly string[]): string => names.map(printable).join(', ')

/** Names of what only one has, or each has differently. */
function differing<T>(old: readonly T[], now: readonly T[], nameOf: (item: T) => string): readonly string[] {
  const has = (some: readonly T[], item: T) => some.some((each) => isDeepStrictEqual(each, item))
  const changed = [...old.filter((item) => !has(now, item)), ...now.filter((item) => !has(old, item))]
  return [...new Set(changed.map(nameOf))].sort()
}
