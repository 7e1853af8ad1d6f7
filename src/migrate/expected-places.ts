// What a service is to look like after values left its labels and configs: the model before, with just that changed.

import { asTree, type Tree } from '../support/tree.js'
import type { Move } from './plan-moves.js'

/** `before` with the labels and configs that `moves` (all of the plan) leave it with. */
export function expectedService(service: string, before: Tree, moves: readonly Move[]): Tree {
  return moves.reduce((tree, move) => expectedAfter(service, tree, move), before)
}

function expectedAfter(service: string, tree: Tree, { candidate, strategy, name }: Move): Tree {
  if (strategy.by === 'label' && candidate.services.includes(service)) {
    const renamed = (labels: unknown) => withLabel(asTree(labels), candidate.variable, strategy.key, name)
    if (candidate.value.section === 'labels') return { ...tree, labels: renamed(tree['labels']) }
    const deploy = asTree(tree['deploy'])
    return { ...tree, deploy: { ...deploy, labels: renamed(deploy['labels']) } }
  }
  if (strategy.by !== 'config' || !Array.isArray(tree['configs'])) return tree
  const { configs, ...rest } = tree
  const left = (configs as readonly unknown[]).filter((grant) => asTree(grant)['source'] !== strategy.config)
  return left.length === 0 ? rest : { ...tree, configs: left }
}

function withLabel(labels: Tree, key: string, fileKey: string, name: string): Tree {
  const { [key]: moved, ...rest } = labels
  return moved === undefined ? labels : { ...rest, [fileKey]: `/run/secrets/${name}` }
}

/** The top-level configs that stay. */
export function expectedConfigs(before: unknown, moves: readonly Move[]): unknown {
  const gone = new Set(moves.flatMap(({ strategy }) => (strategy.by === 'config' ? [strategy.config] : [])))
  if (gone.size === 0) return before
  const left = Object.entries(asTree(before)).filter(([name]) => !gone.has(name))
  return left.length === 0 ? undefined : Object.fromEntries(left)
}

/** Grants of secrets at the places of configs that are missing in `secrets`. */
export function placeGrantProblems(service: string, secrets: unknown, moves: readonly Move[]): readonly string[] {
  const grants = (Array.isArray(secrets) ? secrets : []).map(asTree)
  return moves.flatMap(({ strategy, name }) =>
    (strategy.by === 'config' ? strategy.grants : [])
      .filter((grant) => grant.service === service)
      .filter(({ target }) => !grants.some((each) => each['source'] === name && each['target'] === target))
      .map(({ target }) => `${service} is not given ${name} at ${target}`),
  )
}
