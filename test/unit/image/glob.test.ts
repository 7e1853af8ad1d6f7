// Which arguments are globs, and which names they stand for.
import assert from 'node:assert/strict'
import { imageMatcher, parseImageGlob } from '../../../src/image/glob.js'
import type { SourceKind } from '../../../src/image/types.js'

describe('image globs', () => {
  const GLOBS: readonly (readonly [argument: string, source: SourceKind | undefined, expected: string | undefined])[] =
    [
      ['team/*', undefined, 'docker team/*'],
      ['podman:team/*', undefined, 'podman team/*'],
      ['docker:team/*', undefined, 'docker team/*'],
      ['docker:*', undefined, 'docker docker:*'],
      ['team/*', 'podman', 'podman team/*'],
      ['myapp:latest', undefined, undefined],
      ['builds/*.tar', undefined, undefined],
      ['registry:host/team/*', undefined, undefined],
      ['oci:layouts/*', undefined, undefined],
      ['team/*', 'registry', undefined],
      ['docker:team/*', 'podman', undefined],
    ]
  for (const [argument, source, expected] of GLOBS) {
    it(`${argument}${source === undefined ? '' : ` of ${source}`} is ${expected ?? 'no glob'}`, () => {
      const glob = parseImageGlob(argument, source)
      assert.equal(glob === undefined ? undefined : `${glob.kind} ${glob.pattern}`, expected)
    })
  }

  const NAMES = ['team/app:1', 'team/app:2', 'team/sub/tool:1', 'other/app:1', 'localhost:5000/team/app:1', 'plain:1']
  const FULL = [
    'docker.io/library/redis:7',
    'docker.io/team/app:1',
    'localhost/team/app:2',
    `host/team/app@sha256:${'a'.repeat(64)}`,
  ]
  const FULL_MATCHES: readonly (readonly [pattern: string, expected: readonly number[]])[] = [
    ['redis*', [0]],
    ['team/*', [1, 2]],
    ['docker.io/*/*', [0, 1]],
    ['host/team/*', [3]],
    ['**/app', [1, 2, 3]],
  ]
  for (const [pattern, expected] of FULL_MATCHES) {
    it(`${pattern} stands for names that leave out what goes without saying`, () => {
      const matches = imageMatcher(pattern)
      assert.deepEqual(
        FULL.flatMap((name, i) => (matches(name) ? i : [])),
        expected,
      )
    })
  }
  const MATCHES: readonly (readonly [pattern: string, expected: readonly string[]])[] = [
    ['team/*', ['team/app:1', 'team/app:2']],
    ['team/**', ['team/app:1', 'team/app:2', 'team/sub/tool:1']],
    ['**/app:1', ['team/app:1', 'other/app:1', 'localhost:5000/team/app:1']],
    ['team/app:?', ['team/app:1', 'team/app:2']],
    ['localhost:5000/*/*', ['localhost:5000/team/app:1']],
    ['*', ['plain:1']],
    ['!team/*', []],
  ]
  for (const [pattern, expected] of MATCHES) {
    it(`${pattern} stands for ${expected.join(', ') || 'nothing'}`, () => {
      assert.deepEqual(NAMES.filter(imageMatcher(pattern)), expected)
    })
  }
})
