// Does a project whose files were taken back around somebody's own edits mean what it should: as before the migration where they changed nothing,
// as they left it elsewhere? A merge by lines may put a line under another parent, and still be YAML.
import { isDeepStrictEqual } from 'node:util'
import type { ComposeProject } from '../compose/types.js'
import { validateCompose } from '../compose/validate.js'
import { isMap } from '../support/tree.js'

/** A project at four times. */
export interface Times {
  readonly before: ComposeProject
  /** As the migration left it. */
  readonly written: ComposeProject
  /** As it is now. */
  readonly now: ComposeProject
  /** As it would be. */
  readonly merged: ComposeProject
}

/** The first place that would not be as it should, as a path of keys; undefined: there is none. */
export function mergeProblem({ before, written, now, merged }: Times): string | undefined {
  const known = new Set([...problemsOf(before), ...problemsOf(now)])
  const invalid = problemsOf(merged).find((problem) => !known.has(problem))
  return (
    invalid ?? differing({ before: before.model, written: written.model, now: now.model, merged: merged.model }, [])
  )
}

const problemsOf = ({ model, inactiveServices }: ComposeProject): readonly string[] =>
  validateCompose(model, inactiveServices).map(({ path, reason }) => `${path} ${reason}`)

type Four = Readonly<Record<'before' | 'written' | 'now' | 'merged', unknown>>

function differing({ before, written, now, merged }: Four, path: readonly string[]): string | undefined {
  if (isDeepStrictEqual(now, written)) return isSame(merged, before) ? undefined : path.join('.')
  if (isDeepStrictEqual(before, written)) return isSame(merged, now) ? undefined : path.join('.')
  const all = [before, written, now, merged]
  if (all.every((each) => isMap(each) || each === undefined)) {
    const maps = all.map((each) => (isMap(each) ? each : {}))
    const [b = {}, w = {}, n = {}, m = {}] = maps
    for (const key of new Set(maps.flatMap((each) => Object.keys(each)))) {
      const found = differing({ before: b[key], written: w[key], now: n[key], merged: m[key] }, [...path, key])
      if (found !== undefined) return found
    }
    return undefined
  }
  const isList = all.every((each) => Array.isArray(each) || each === undefined)
  return isList && isSame(merged, mergedList(before, written, now)) ? undefined : path.join('.')
}

/** Lists of what a service has: their order is that of the files. */
function mergedList(before: unknown, written: unknown, now: unknown): readonly unknown[] {
  const [b, w, n] = [before, written, now].map((each) => (Array.isArray(each) ? (each as readonly unknown[]) : []))
  const has = (list: readonly unknown[] | undefined, item: unknown) =>
    list?.some((each) => isDeepStrictEqual(each, item))
  return [...(n ?? []).filter((item) => !has(w, item) || has(b, item)), ...(b ?? []).filter((item) => !has(w, item))]
}

function isSame(left: unknown, right: unknown): boolean {
  if (!Array.isArray(left) && !Array.isArray(right)) return isDeepStrictEqual(left ?? undefined, right ?? undefined)
  const inOrder = (list: unknown) =>
    (Array.isArray(list) ? list : []).map((each) => JSON.stringify(each)).sort((a, b) => (a < b ? -1 : 1))
  return isDeepStrictEqual(inOrder(left), inOrder(right))
}
