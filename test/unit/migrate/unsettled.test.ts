// A value that is put together of text and what the shell sets is never dropped without a word.
import assert from 'node:assert/strict'
import { join } from 'node:path'
import { loadProject } from '../../../src/compose/load.js'
import { findCandidates } from '../../../src/migrate/candidates.js'
import { FOLDER } from './in-memory.js'

/** Values of a project in a shell that has USERX and PART. */
async function candidatesIn(files: Readonly<Record<string, string>>) {
  const overlay = new Map(Object.entries(files).map(([name, content]) => [join(FOLDER, name), Buffer.from(content)]))
  const env = { USERX: 'anna', PART: 'Made-up-17', LDAP_TOKEN: 'Made-up-18', EMPTY: '' }
  const project = await loadProject({ files: [join(FOLDER, 'compose.yaml')], profiles: [], env, cwd: FOLDER, overlay })
  return findCandidates(project, () => undefined)
}

/** Why the one value stays; undefined: it is no candidate at all. */
async function reasonFor(value: string, files: Readonly<Record<string, string>> = {}) {
  const text = `services:\n  s:\n    image: shop/app\n    environment:\n      LDAP_PASSWORD: ${value}\n`
  return (await candidatesIn({ 'compose.yaml': text, ...files }))[0]?.obstacle?.reason
}

describe('migrate: values of text and the shell’s variables', () => {
  for (const value of ['ldap-made-$USERX-1', 'made${USERX}up', '"two words $USERX"', 'p$USERX'])
    it(`${value} stays with a reason`, async () => {
      assert.equal(await reasonFor(value), 'It is put together of text and USERX, which no file of the project sets.')
    })

  it('a line of .env that Compose takes apart at its dollars stays, whatever has it', async () => {
    const [cut, whole] = ['Made$upward-17', "'Made$upward-17'"]
    const service = 'services:\n  s:\n    image: traefik\n'
    for (const text of [
      `${service}    environment:\n      LDAP_PASSWORD: \${LDAP_PASSWORD}\n`,
      `${service}    environment:\n      - LDAP_PASSWORD\n`,
      `${service}    environment:\n      DB: postgres://app:\${LDAP_PASSWORD}@db/app\n`,
      `${service}    command: serve --password \${LDAP_PASSWORD}\n`,
      `${service}    labels:\n      traefik.http.middlewares.a.basicauth.users: me:\${LDAP_PASSWORD}\n`,
    ]) {
      const told = (await candidatesIn({ 'compose.yaml': text, '.env': `LDAP_PASSWORD=${cut}\n` }))[0]?.obstacle
      assert.match(told?.reason ?? '', /reads a \$ in LDAP_PASSWORD \(\.env:1\) as the beginning of a variable/, text)
      const [kept] = await candidatesIn({ 'compose.yaml': text, '.env': `LDAP_PASSWORD=${whole}\n` })
      assert.equal(kept?.obstacle, undefined, text)
    }
    const [nothing] = await candidatesIn({ 'compose.yaml': service, '.env': 'LDAP_PASSWORD=$made$upward\n' })
    assert.match(nothing?.obstacle?.reason ?? '', /reads a \$ in it/)
  })

  it('a default in whose place the shell has a value is told as such', async () => {
    const instead = 'The shell sets PART now, which Compose takes instead of the default that stands here.'
    for (const operator of [':-', '-']) assert.equal(await reasonFor(`\${PART${operator}Made-up-19}`), instead)
    const [found] = await candidatesIn({
      'compose.yaml':
        'services:\n  s:\n    image: shop/app\n    environment:\n      LDAP_PASSWORD: ${EMPTY:-Made-up-19}\n',
    })
    assert.deepEqual(
      [found?.secret, found?.obstacle],
      ['Made-up-19', undefined],
      'of a variable without a value it counts',
    )
  })

  it('what a service has only where a variable is set stays, and is listed where it is not set, too', async () => {
    for (const name of ['PART', 'UNSET'])
      assert.equal(
        await reasonFor(`\${${name}:+Made-up-20}`),
        `It stands in a \${${name}:+…}: the service has it only where ${name} is set.`,
      )
    assert.equal(await reasonFor('${UNSET:+true}'), undefined)
    assert.equal(await reasonFor('${UNSET:+$PART}'), undefined)
  })

  it('a value that other places have by an alias stays, and they are named', async () => {
    const file = (alias: string) =>
      `services:\n  s:\n    image: shop/app\n    environment:\n      LDAP_PASSWORD: &pw Made-up-21\n  t:\n    image: shop/app # not *pw\n    environment:\n      BIND_PASSWORD: ${alias}\n`
    const [found] = await candidatesIn({ 'compose.yaml': file('*pw') })
    assert.equal(
      found?.obstacle?.reason,
      'compose.yaml:9 has it, too, by the alias *pw: one edit would change all of them.',
    )
    assert.equal((await candidatesIn({ 'compose.yaml': file('none') }))[0]?.obstacle, undefined)
  })

  it('names all of them', async () => {
    assert.match((await reasonFor('made-${USERX}-${PART}')) ?? '', /text and USERX, PART, which no file/)
  })

  for (const value of ['$PART', '${PART}', '$USERX:$PART', '${USERX}:${PART}', '${PART}-1'])
    it(`of ${value} no part is hard-coded`, async () => {
      assert.equal(await reasonFor(value), undefined)
    })

  it('a line of an env file is one, too', async () => {
    const [found] = await candidatesIn({
      'compose.yaml': 'services:\n  s:\n    image: shop/app\n    env_file: s.env\n',
      's.env': 'B_PASSWORD=pa$USERX\n',
    })
    assert.match(found?.obstacle?.reason ?? '', /^It is put together of text and USERX/)
  })

  it('a line of .env in whose place the shell has another value is told, and what has that value is not moved', async () => {
    const found = async (dotenv: string) =>
      (
        await candidatesIn({
          'compose.yaml':
            'services:\n  s:\n    image: shop/app\n    environment:\n      LDAP_PASSWORD: $' + '{LDAP_TOKEN}\n',
          '.env': dotenv,
        })
      ).map(({ id, obstacle }) => [id, obstacle?.reason])
    assert.deepEqual(await found('LDAP_TOKEN=Made-up-18\n'), [['s.LDAP_PASSWORD', undefined]])
    assert.deepEqual(await found('LDAP_TOKEN=Made-up-19\n'), [
      ['.env.LDAP_TOKEN', 'The shell sets LDAP_TOKEN to another value now, which Compose takes instead of this line.'],
    ])
  })
})
