// Scripts of the project that take a value from an env file which it leaves: the plan names them, it cannot change them.
import assert from 'node:assert/strict'
import { planned } from './with-siblings.js'

const PASSWORD = ['gran', 'ite-77'].join('')
const FILES = {
  'compose.yaml':
    'services:\n  db:\n    image: postgres:16\n    environment:\n      POSTGRES_PASSWORD: ${DB_PASSWORD}\n      POSTGRES_USER: ${DB_USER}\n',
  '.env': `DB_PASSWORD=${PASSWORD}\nDB_USER=shop\n`,
}
const noteWith = async (more: Readonly<Record<string, string>>, options = {}): Promise<string> => {
  const { moves, notes } = await planned({ ...FILES, ...more }, options)
  assert.deepEqual(moves, ['db.POSTGRES_PASSWORD'])
  return notes.split('\n').find((note) => note.includes('may take')) ?? ''
}

describe('migrate: scripts that read a line which leaves an env file', () => {
  it('are named with the line, and with where the value is from then on', async () => {
    const note = await noteWith({
      'backup.sh': '#!/bin/sh\n# DB_PASSWORD of .env\nset -a; . ./.env\nPGPASSWORD=$DB_PASSWORD pg_dump app\n',
      Makefile: 'include .env\nmigrate:\n\tpsql "postgres://app:$(DB_PASSWORD)@db"\n',
      'bin/restore': '#!/usr/bin/env bash\nPGPASSWORD="$(grep ^DB_PASSWORD= ../.env | cut -d= -f2)" psql\n',
    })
    assert.equal(
      note,
      'Makefile:3, backup.sh:4, bin/restore:2 may take DB_PASSWORD from .env, which it leaves. From then on DB_PASSWORD stands in ./secrets/postgres_password: change them to read that.',
    )
  })

  it('are named where they hand all of the file to a program', async () => {
    assert.match(
      await noteWith({
        'deploy/run.sh': 'docker run -d --env-file .env shop/jobs\n',
        'shop.service': '[Service]\nEnvironmentFile=/srv/shop/.env\n',
      }),
      /^shop\.service:2, deploy\/run\.sh:1 may take DB_PASSWORD from \.env/,
    )
  })

  it('are not named where they name another file, another variable, or start the project', async () => {
    for (const [name, text] of [
      ['entrypoint.sh', 'exec server --password "$DB_PASSWORD"\n'],
      ['backup.sh', '. ./.env\npg_dump -U "$DB_USER"\n'],
      ['backup.sh', '. ./.env.backup\nPGPASSWORD=$DB_PASSWORD pg_dump app\n'],
      ['up.sh', 'docker compose --env-file .env up -d\n'],
      ['up.sh', '. ./.env\n# DB_PASSWORD is for the database\n'],
      ['notes.txt', 'DB_PASSWORD stands in .env\n'],
      ['node_modules/x/run.sh', '. .env; echo $DB_PASSWORD\n'],
    ] as const)
      assert.equal(await noteWith({ [name]: text }), '', `${name}: ${text}`)
  })
})

describe('migrate: a value of .env in a stack', () => {
  it('is told to have come from the shell that deploys', async () => {
    const compose = `version: "3.8"\n${FILES['compose.yaml']}`
    const { notes } = await planned({ ...FILES, 'compose.yaml': compose }, { isStack: true })
    assert.match(notes, /^db\.POSTGRES_PASSWORD: from \.env \(DB_PASSWORD\), which docker stack deploy does not read/m)
    assert.doesNotMatch((await planned(FILES)).notes, /docker stack/)
  })
})
