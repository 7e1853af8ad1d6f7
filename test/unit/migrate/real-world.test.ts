// What real projects do that made-up ones seldom did.
import assert from 'node:assert/strict'
import { join } from 'node:path'
import { readBuilds } from '../../../src/migrate/builds.js'
import type { Detected } from '../../../src/migrate/candidates.js'
import { conventionFor } from '../../../src/migrate/conventions.js'
import { secretName } from '../../../src/migrate/names.js'
import { makePlan } from '../../../src/migrate/plan.js'
import { FOLDER, gathered, SHELL } from './in-memory.js'

const PASSWORD = ['gran', 'ite-77'].join('')
const FRAMEWORK = `services:
  web:
    image: shop/web
    volumes: ['.:/var/www/html']
  db:
    image: postgres
    environment:
      POSTGRES_PASSWORD: \${DB_PASSWORD}
`

async function leftOf(text: string, extra: Readonly<Record<string, string>> = {}) {
  const base = await gathered(text, undefined, extra)
  const builds = await readBuilds(base.project, async (file) => {
    const found = Object.entries(extra).find(([name]) => join(FOLDER, name) === file)
    return found === undefined ? undefined : Buffer.from(found[1])
  })
  const { left, moves, plan } = makePlan({ ...base, builds })
  assert.ok(!JSON.stringify(plan).includes(PASSWORD))
  return { left: left.map(({ candidate, reason }) => `${candidate.id}: ${reason}`), moves }
}

describe('migrate: env files that a program reads itself', () => {
  const dotenv = { '.env': `APP_NAME=shop\nDB_PASSWORD=${PASSWORD}\n` }

  it('a line stays where the file is mounted into a service that does not get the variable', async () => {
    const { left, moves } = await leftOf(FRAMEWORK, dotenv)
    assert.match(
      left.join(),
      /^db\.POSTGRES_PASSWORD: web mounts \.env, so that its program may read DB_PASSWORD there/,
    )
    assert.deepEqual(moves, [])
  })

  it('and moves where Compose gives it the variable, or its value in a URL', async () => {
    for (const entry of ['DB_PASSWORD: ${DB_PASSWORD}', 'DATABASE_URL: postgres://app:${DB_PASSWORD}@db/shop']) {
      const { left } = await leftOf(FRAMEWORK.replace('  db:', `    environment:\n      ${entry}\n  db:`), dotenv)
      assert.deepEqual(left, [])
    }
  })

  it('what is made from a line that stays for that, stays with it: moved, it would be a second copy', async () => {
    const worker = '  worker:\n    image: shop/worker\n    environment:\n      URL: amqp://app:${DB_PASSWORD}@mq/\n'
    const { left, moves } = await leftOf(FRAMEWORK + worker, dotenv)
    assert.match(left.join('\n'), /^worker\.URL: web mounts \.env, so that its program may read DB_PASSWORD there/m)
    assert.deepEqual(moves, [])
  })

  it('a folder beside the file, or one far above it, is not where a program looks for it', async () => {
    for (const mount of ['./src:/app', '/:/host:ro', '/srv:/work'])
      assert.deepEqual((await leftOf(FRAMEWORK.replace('.:/var/www/html', mount), dotenv)).left, [])
  })

  it('a copy in the image counts as long as the build takes one', async () => {
    const built = FRAMEWORK.replace("    volumes: ['.:/var/www/html']\n", '    build: .\n')
    const files = { ...dotenv, Dockerfile: 'FROM node:22\nCOPY . .\n' }
    assert.match((await leftOf(built, files)).left.join(), /web is built with a copy of \.env/)
    assert.deepEqual((await leftOf(built, { ...files, '.dockerignore': '.env\n' })).left, [])
    assert.deepEqual((await leftOf(built, { ...files, Dockerfile: 'FROM node:22\nCOPY src src\n' })).left, [])
  })
})

describe('migrate: values that interpolate by mistake or with a default', () => {
  const service = (entry: string) => `services:\n  s:\n    image: shop/s\n    environment:\n      ${entry}\n`

  it('a dollar in a value is told, since the service gets another value', async () => {
    const { left, moves } = await leftOf(service('SECRET_KEY: "ab-cd$ef9-gh"'))
    assert.deepEqual(moves, [])
    assert.match(left.join(), /^s\.SECRET_KEY: Compose reads a \$ in it as the beginning of a variable that is not set/)
    const inDefault = (await leftOf(service('SECRET_KEY: "${SECRET_KEY:-ab-cd$ef9-gh}"'))).left.join()
    assert.match(inDefault, /reads a \$ in it/)
    assert.ok(!`${left.join()}${inDefault}`.includes('ef9'), 'the name is a part of the value')
  })

  it('a default among variables is told; references alone are not hard-coded', async () => {
    assert.match((await leftOf(service('APP_SECRET: "${A}-${B:-gh-77}"'))).left.join(), /with a default that stands/)
    for (const entry of [
      'APP_SECRET: "${A}-${B}"',
      'APP_SECRET: "${A:-${B}}"',
      'APP_SECRET: $A',
      'APP_SECRET: "x-${A}"',
    ])
      assert.deepEqual(await leftOf(service(entry)), { left: [], moves: [] })
  })
})

describe('migrate: names, notes and versions', () => {
  it('a name is cut to what stores take before they are asked', async () => {
    const long = `${'VERY_'.repeat(14)}LONG_PASSWORD`
    const text = `services:\n  with-a-long-name:\n    image: shop/s\n    environment:\n      ${long}: ${PASSWORD}\n`
    const { moves } = makePlan(await gathered(text))
    assert.ok((moves[0]?.name.length ?? 99) <= 64)
    assert.equal(secretName('NEO4J_AUTH'), 'neo4j_auth')
    assert.equal(secretName('ConnectionStrings__Default'), 'connection_strings_default')
  })

  it('what leaves .env is one note', async () => {
    const text =
      'services:\n  a:\n    image: shop/a\n    environment:\n      A_TOKEN: ${A}\n      B_TOKEN: ${B}\n  b:\n    image: shop/a\n    environment:\n      A_TOKEN: ${A}\n'
    const { plan } = makePlan(await gathered(text, undefined, { '.env': `A=${PASSWORD}\nB=${PASSWORD}-2\n` }))
    const [note, ...more] = plan.notes.filter((each) => each.startsWith('.env'))
    assert.match(note ?? '', /^\.env \(A, B\): these lines leave\./)
    assert.deepEqual(more, [])
  })

  it('a line of .env that leaves as a line of an env file is not said to be left', async () => {
    const text = 'services:\n  a:\n    image: shop/a\n    env_file: .env\n'
    const { left, staged } = makePlan(await gathered(text, undefined, { '.env': `A_TOKEN=${PASSWORD}\nMODE=x\n` }))
    assert.deepEqual(left, [])
    assert.equal(Buffer.from(staged.get(join(FOLDER, '.env')) ?? []).toString(), 'MODE=x\n')
  })

  it('a password that is also a name is not said to stay in an image or a user', async () => {
    const text =
      'services:\n  db:\n    image: postgres\n    environment:\n      POSTGRES_USER: postgres\n      POSTGRES_PASSWORD: postgres\n    healthcheck:\n      test: [CMD, pg_isready, -U, postgres]\n'
    assert.doesNotMatch(makePlan(await gathered(text)).plan.notes.join('\n'), /stays in/)
  })

  it('the user of a URL stays where it is spelled like the password', async () => {
    const text = 'services:\n  s:\n    image: shop/s\n    command: [run, "--broker=amqp://guest:guest@mq"]\n'
    const detected: Detected = () => ({ title: 'URL', parts: [{ text: 'guest', key: 'url', title: 'URL' }] })
    const { moves } = makePlan(await gathered(text, () => SHELL, {}, detected))
    assert.deepEqual(
      moves.map(({ candidate }) => candidate.given?.start),
      ['--broker=amqp://guest:'.length],
    )
  })

  it('reading a file in a command is no value, whatever a rule says', async () => {
    const text = 'services:\n  s:\n    image: shop/s\n    command: [sh, -c, "export A=$$(cat /run/secrets/a)"]\n'
    const detected: Detected = () => ({ title: 'A', parts: [{ text: '/run/secrets/a', key: 'a', title: 'A' }] })
    assert.deepEqual((await gathered(text, () => SHELL, {}, detected)).candidates, [])
  })

  it('a file form is known of the versions that have it', () => {
    for (const tag of ['', ':5', ':5.26.1-community', ':2025.09.0', ':enterprise'])
      assert.ok(conventionFor(`neo4j${tag}`), tag)
    for (const tag of [':4.4', ':5.13.0', ':5.22', ':3.5.30'])
      assert.equal(conventionFor(`neo4j${tag}`), undefined, tag)
  })
})
