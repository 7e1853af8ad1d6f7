// What a rotation takes for a bare value, which it may make up, and what not.
import assert from 'node:assert/strict'
import { assertOfShape, shapeOf } from '../../../src/migrate/rotate/shape.js'
import { Secret } from '../../../src/support/secret.js'

const of = (text: string) => shapeOf(Secret.of(Buffer.from(text)))

describe('migrate: what a secret is that is rotated', () => {
  for (const [text, what] of [
    ['postgres://app:granite@db/shop', 'a URL'],
    ['ally:$apr1$xI68JmlP$eG.JGjXUTkM', 'a list of users with hashes'],
    ['ally:{SHA}eG.JGjXUTkMxI68JmlP\nbob:{SHA}eG.JGjXUTkMxI68JmlQ', 'a list of users with hashes'],
    ['$2y$10$eG.JGjXUTkMxI68JmlP', 'a hash of a password'],
    ['-----BEGIN MADE UP KEY-----\nx', 'a key or certificate (PEM)'],
    ['{"user": "app", "password": "granite"}', 'a JSON document'],
    [['Server=db;User Id=app;Pass', 'word=granite;'].join(''), 'a connection string'],
    ['neo4j/granite', 'a user with its password'],
    ['one = 1\ntwo = 2', 'a text of several lines'],
  ] as const)
    it(`${what}: ${JSON.stringify(text)}`, () => assert.equal(of(text)?.what, what))

  for (const text of ['Summer24', 'x:y', 'aGVsbG8=', 'pa$$word', 'granite\n', 'Ab:cd/ef', '8f3a/bc:91'])
    it(`a bare value: ${JSON.stringify(text)}`, () => assert.equal(of(text), undefined))

  it('a value of the same kind may take its place, and any other that is told by no pattern', () => {
    const check = (old: string, next: string) => assertOfShape('x', of(old), Secret.of(Buffer.from(next)))
    check('https://one.example', 'https://two.example')
    check('neo4j/granite', 'basalt')
    check('granite', 'https://two.example')
    assert.throws(() => check('ally:$apr1$xI68JmlP$eG.JGjXUTkM', 'ally:granite'), { exitCode: 2 })
  })
})
