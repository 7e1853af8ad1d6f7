import assert from 'node:assert/strict'
import { parseConfigDocument, parseImageConfig } from '../../../src/image/config.js'
import { CorruptImageError } from '../../../src/support/errors.js'
import { json } from '../../fixtures/image-builder.js'

const bytes = (text: string): Uint8Array => Buffer.from(text)

describe('parseImageConfig', () => {
  it('I15: reads every field that people put secrets into', () => {
    const config = parseImageConfig(
      json({
        author: 'An Author',
        comment: 'a comment',
        config: {
          Env: ['A=1', 'B=2'],
          Labels: { 'org.example': 'label' },
          Cmd: ['sh', '-c', 'x'],
          Entrypoint: ['/entry'],
          Healthcheck: { Test: ['CMD-SHELL', 'curl -u a:b localhost'] },
          OnBuild: ['RUN x'],
          Shell: ['/bin/bash', '-c'],
          User: 'app',
          WorkingDir: '/srv',
          Volumes: { '/data': {} },
        },
        history: [{ created_by: 'ENV A=1', empty_layer: true, comment: 'c', author: 'a' }, { created_by: 'RUN x' }],
      }),
    )
    assert.deepEqual(
      { ...config, labels: { ...config.labels } },
      {
        env: ['A=1', 'B=2'],
        labels: { 'org.example': 'label' },
        cmd: ['sh', '-c', 'x'],
        entrypoint: ['/entry'],
        healthcheck: ['CMD-SHELL', 'curl -u a:b localhost'],
        onbuild: ['RUN x'],
        shell: ['/bin/bash', '-c'],
        user: 'app',
        workingDir: '/srv',
        volumes: ['/data'],
        author: 'An Author',
        comment: 'a comment',
        history: [
          { createdBy: 'ENV A=1', emptyLayer: true, comment: 'c', author: 'a' },
          { createdBy: 'RUN x', emptyLayer: false },
        ],
      },
    )
  })

  for (const text of [
    '{}',
    'null',
    '[]',
    '1e400',
    '"text"',
    '{"config":null,"history":null}',
    '{"config":[],"history":{}}',
  ]) {
    it(`I07: reads ${text} as a config without anything in it`, () => {
      const { config, platform, diffIds } = parseConfigDocument(bytes(text))
      assert.deepEqual([config.env, config.cmd, config.history, Object.keys(config.labels)], [[], [], [], []])
      assert.equal(platform, 'unknown/unknown')
      assert.deepEqual(diffIds, [])
    })
  }

  it('I07: passes over values of the wrong type and keeps the others', () => {
    const config = parseImageConfig(
      json({ config: { Env: ['A=1', 2, null, { B: 1 }, 'C=3'], Labels: { a: 1, b: 'x' }, Cmd: 'sh', User: 7 } }),
    )
    assert.deepEqual(config.env, ['A=1', 'C=3'])
    assert.deepEqual({ ...config.labels }, { b: 'x' })
    assert.deepEqual(config.cmd, ['sh'])
    assert.equal(config.user, undefined)
  })

  it('I08: takes "__proto__" and inherited names for what they are: keys', () => {
    const config = parseImageConfig(
      bytes('{"__proto__":{"os":"x","author":"x"},"config":{"Labels":{"__proto__":"polluted","constructor":"c"}}}'),
    )
    assert.equal(config.author, undefined)
    assert.deepEqual(Object.entries(config.labels), [
      ['__proto__', 'polluted'],
      ['constructor', 'c'],
    ])
    assert.equal(Object.getOwnPropertyDescriptor(Object.prototype, 'os'), undefined)
    assert.equal(config.labels['toString'], undefined)
  })

  it('I08: refuses nesting that only an attacker writes', () => {
    const deep = `${'['.repeat(100_000)}${']'.repeat(100_000)}`
    assert.throws(() => parseImageConfig(bytes(`{"config":${deep}}`)), CorruptImageError)
    assert.throws(() => parseImageConfig(bytes('['.repeat(4_000_000))), CorruptImageError)
    const inString = `{"author":"${'['.repeat(200)}\\"${'{'.repeat(200)}"}`
    assert.equal(parseImageConfig(bytes(inString)).author?.length, 401)
  })

  it('I08: reads a million variables, lone surrogates, NUL and duplicate keys', () => {
    const env = Array.from({ length: 1_000_000 }, (_, index) => `A${index}=1`)
    assert.equal(parseImageConfig(json({ config: { Env: env } })).env.length, 1_000_000)
    assert.deepEqual(parseImageConfig(bytes('{"config":{"Env":["A=\\ud800","B=\\u0000"]}}')).env, ['A=\ud800', 'B=\0'])
    assert.deepEqual(parseImageConfig(bytes('{"config":{"Env":["A=1"],"Env":["A=2"]}}')).env, ['A=2'])
  })

  it('refuses what is no JSON', () => {
    for (const text of ['', '{', 'Env: A=1']) assert.throws(() => parseImageConfig(bytes(text)), CorruptImageError)
  })

  it('gives platform and diffIDs, leaving out what is no digest', () => {
    const good = `sha256:${'a'.repeat(64)}`
    const document = parseConfigDocument(
      json({ os: 'linux', architecture: 'arm', variant: 'v7', rootfs: { diff_ids: [good, '../../x'] } }),
    )
    assert.equal(document.platform, 'linux/arm/v7')
    assert.deepEqual(document.diffIds, [good, undefined])
  })
})
