import assert from 'node:assert/strict'
import fc from 'fast-check'
import { parseImageReference, parseTarget } from '../../../src/image/reference.js'
import { UsageError } from '../../../src/support/errors.js'

describe('parseTarget', () => {
  const any = (reference: string): object => ({ kind: 'engine-or-registry', reference })
  const cases: readonly (readonly [string, object])[] = [
    ['myapp', any('myapp')],
    ['myapp:latest', any('myapp:latest')],
    ['localhost:5000/app', any('localhost:5000/app')],
    ['registry', any('registry')],
    ['registry:2', any('registry:2')],
    ['registry:5000/app:1', any('registry:5000/app:1')],
    ['docker:dind', any('docker:dind')],
    ['docker:5000/app', any('docker:5000/app')],
    ['docker:myapp:1', { kind: 'docker', reference: 'myapp:1' }],
    ['docker:team/app', { kind: 'docker', reference: 'team/app' }],
    ['docker:registry:2', { kind: 'docker', reference: 'registry:2' }],
    ['docker:localhost:5000/app', { kind: 'docker', reference: 'localhost:5000/app' }],
    ['registry:ghcr.io/team/app:1', { kind: 'registry', reference: 'ghcr.io/team/app:1' }],
    [`registry:app@sha256:${'a'.repeat(64)}`, { kind: 'registry', reference: `app@sha256:${'a'.repeat(64)}` }],
    ['podman:app', { kind: 'podman', reference: 'app' }],
    ['archive:some/file', { kind: 'archive', path: 'some/file' }],
    ['app.tar', { kind: 'archive', path: 'app.tar' }],
    ['/tmp/app.tar.gz', { kind: 'archive', path: '/tmp/app.tar.gz' }],
    ['../app.tgz', { kind: 'archive', path: '../app.tgz' }],
    ['app.tar.zst', { kind: 'archive', path: 'app.tar.zst' }],
    ['oci:layout', { kind: 'oci', path: 'layout' }],
    ['oci:./a/b:v1', { kind: 'oci', path: './a/b', tag: 'v1' }],
    ['oci:layout:docker.io/library/app:1', { kind: 'oci', path: 'layout', tag: 'docker.io/library/app:1' }],
    ['-', { kind: 'stdin' }],
    [`sha256:${'a'.repeat(64)}`, any(`sha256:${'a'.repeat(64)}`)],
    ['a'.repeat(64), any('a'.repeat(64))],
  ]
  for (const [argument, target] of cases) {
    it(argument, () => assert.deepEqual(parseTarget(argument), target))
  }

  it('takes --source for every argument, written prefix or not', () => {
    assert.deepEqual(parseTarget('registry:2', 'registry'), { kind: 'registry', reference: 'registry:2' })
    assert.deepEqual(parseTarget('docker:team/app', 'docker'), { kind: 'docker', reference: 'team/app' })
    assert.deepEqual(parseTarget('some-file', 'archive'), { kind: 'archive', path: 'some-file' })
    assert.deepEqual(parseTarget('dir:v1', 'oci'), { kind: 'oci', path: 'dir', tag: 'v1' })
  })

  for (const argument of [
    '',
    'archive:',
    'oci:',
    'oci:dir:',
    'podman:',
    './folder',
    'App',
    'a b',
    'a:b:c',
    '-x',
    'app:\u001b[2J',
  ]) {
    it(`refuses ${JSON.stringify(argument)} with what to write instead`, () => {
      assert.throws(
        () => parseTarget(argument),
        (error) => error instanceof UsageError && Boolean(error.hint) && !error.message.includes('\u001b'),
      )
    })
  }

  it('refuses a prefix that --source contradicts', () => {
    assert.throws(() => parseTarget('archive:x', 'docker'), UsageError)
    assert.throws(() => parseTarget('-', 'docker'), UsageError)
  })
})

describe('parseImageReference', () => {
  const digest = `sha256:${'0123456789abcdef'.repeat(4)}`
  const cases: readonly (readonly [string, string])[] = [
    ['alpine', 'docker.io/library/alpine:latest'],
    ['alpine:3', 'docker.io/library/alpine:3'],
    ['team/app', 'docker.io/team/app:latest'],
    ['docker.io/alpine', 'docker.io/library/alpine:latest'],
    ['index.docker.io/alpine', 'docker.io/library/alpine:latest'],
    ['localhost/app', 'localhost/app:latest'],
    ['localhost:5000/app', 'localhost:5000/app:latest'],
    ['ghcr.io/a/b/c:1', 'ghcr.io/a/b/c:1'],
    ['[::1]:5000/app:1', '[::1]:5000/app:1'],
    ['HOST/app', 'HOST/app:latest'],
    [`app@${digest}`, `docker.io/library/app@${digest}`],
    [`app:1@${digest}`, `docker.io/library/app:1@${digest}`],
    ['a__b/c.d/e-f---g', 'docker.io/a__b/c.d/e-f---g:latest'],
  ]
  for (const [text, full] of cases) {
    it(text, () => assert.equal(parseImageReference(text).toString(), full))
  }

  for (const text of [
    '',
    ':1',
    'app:',
    'app@',
    'app@sha256:abc',
    'a//b',
    '/a',
    'a/',
    'a..b',
    'a___b',
    '-a',
    'a_',
    'app:-1',
    `app:${'x'.repeat(129)}`,
    `${'a/'.repeat(128)}b`,
    'ho_st.io:1/a',
    'a'.repeat(64),
    '../../etc/passwd',
    'a?b',
    'http://h/a',
  ]) {
    it(`refuses ${JSON.stringify(text.slice(0, 40))}`, () => {
      assert.throws(() => parseImageReference(text), UsageError)
    })
  }

  const component = fc.stringMatching(/^[a-z0-9]{1,6}(?:(?:\.|_|__|-{1,3})[a-z0-9]{1,4}){0,2}$/)
  const host = fc.constantFrom('docker.io', 'ghcr.io', 'localhost', 'localhost:5000', 'h.example:443', '10.0.0.1:80')
  const tag = fc.stringMatching(/^[A-Za-z0-9_][A-Za-z0-9_.-]{0,20}$/)

  it('reads the full form of any reference as the same reference', () => {
    fc.assert(
      fc.property(
        host,
        fc.array(component, { minLength: 1, maxLength: 4 }),
        fc.option(tag),
        fc.boolean(),
        (registry, path, label, pinned) => {
          const text = `${registry}/${path.join('/')}${label === null ? '' : `:${label}`}${pinned ? `@${digest}` : ''}`
          const parsed = parseImageReference(text)
          assert.deepEqual({ ...parseImageReference(parsed.toString()), toString: 0 }, { ...parsed, toString: 0 })
          assert.equal(parsed.registry, registry)
          assert.equal(parsed.digest, pinned ? digest : undefined)
          assert.equal(parsed.tag, label ?? (pinned ? undefined : 'latest'))
          assert.ok(parsed.repository.endsWith(path.join('/')))
        },
      ),
    )
  })

  it('answers any text with a reference or a UsageError', () => {
    fc.assert(
      fc.property(fc.string({ maxLength: 60 }), (text) => {
        try {
          parseImageReference(text)
        } catch (error) {
          assert.ok(error instanceof UsageError)
        }
      }),
    )
  })
})
