// The check before the swap compares what services start: other words than the plan's moves explain are told.
import assert from 'node:assert/strict'
import { loadProject } from '../../../src/compose/load.js'
import { modelProblems } from '../../../src/migrate/check-model.js'
import { makePlan } from '../../../src/migrate/plan.js'
import { gathered } from './in-memory.js'

describe('migrate: words of services before and after', () => {
  const cases = [
    [
      'a variable that the image reads from a file',
      'postgres:16',
      'POSTGRES_PASSWORD',
      'command: [postgres, -c, fsync=off]',
      'command',
    ],
    [
      'a script that reads the variable',
      'postgres:16',
      'POSTGRES_PASSWORD',
      'command: [sh, -c, "echo $$POSTGRES_PASSWORD | serve"]',
      'command',
    ],
    ['a shim before the words', 'shop/own', 'A_TOKEN', 'command: [serve, --all]', 'command'],
    ['a shim before the program', 'shop/own', 'A_TOKEN', 'entrypoint: [start, now]', 'entrypoint'],
  ] as const
  for (const [what, image, variable, words, section] of cases)
    it(what, async () => {
      const text = `services:\n  s:\n    image: ${image}\n    environment: {${variable}: Plum-7-tree}\n    ${words}\n`
      const all = await gathered(text)
      const { moves, staged } = makePlan(all)
      assert.equal(moves.length, 1)
      const { model } = await loadProject({ ...all.load, overlay: new Map([...(all.load.overlay ?? []), ...staged]) })
      assert.deepEqual(modelProblems(all.project.model, model, moves), [])
      const { s } = model['services'] as Readonly<Record<string, Readonly<Record<string, unknown>>>>
      const own = (s?.[section] as readonly string[]) ?? []
      for (const other of [[...own, 'more'], own.slice(0, -1), [...own.slice(0, -1), 'other']])
        assert.deepEqual(
          modelProblems(
            all.project.model,
            { ...model, services: { s: { ...s, [section]: other } } } as typeof model,
            moves,
          ),
          [`s.${section} changed`],
        )
    })
})
