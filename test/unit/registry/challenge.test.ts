import assert from 'node:assert/strict'
import fc from 'fast-check'
import { parseChallenges } from '../../../src/registry/challenge.js'

describe('registry/challenge', () => {
  const cases: readonly [string, readonly (readonly [string, Record<string, string>])[]][] = [
    ['Basic realm="r"', [['basic', { realm: 'r' }]]],
    [
      'Bearer realm="https://auth.example/token",service="reg",scope="repository:a/b:pull,push"',
      [['bearer', { realm: 'https://auth.example/token', service: 'reg', scope: 'repository:a/b:pull,push' }]],
    ],
    [
      'Negotiate, Basic realm=r, Bearer realm="x"',
      [
        ['negotiate', {}],
        ['basic', { realm: 'r' }],
        ['bearer', { realm: 'x' }],
      ],
    ],
    [
      'Negotiate YIIabc==, bearer REALM="a \\"b\\""',
      [
        ['negotiate', {}],
        ['bearer', { realm: 'a "b"' }],
      ],
    ],
    ['', []],
    ['"junk', []],
  ]
  for (const [header, expected] of cases) {
    it(`reads ${JSON.stringify(header)}`, () => {
      assert.deepEqual(
        parseChallenges(header).map(({ scheme, parameters }) => [scheme, { ...parameters }]),
        expected,
      )
    })
  }

  it('never throws and always ends', () => {
    fc.assert(fc.property(fc.string(), (header) => Array.isArray(parseChallenges(header))))
  })

  it('a parameter named __proto__ pollutes nothing', () => {
    parseChallenges('Bearer __proto__="x"')
    assert.equal(({} as Record<string, unknown>)['x'], undefined)
  })
})
