// Values that are made from a secret line of .env are secret with it, whatever they are called and however they look.
import assert from 'node:assert/strict'
import { makePlan } from '../../../src/migrate/plan.js'
import { gathered } from './in-memory.js'

const DOTENV = "DB_PASSWORD='single $quoted #pw'\nPUBLIC_HOST=shop.example\n"

async function planned(entries: string, dotenv = DOTENV, more: Readonly<Record<string, string>> = {}) {
  const text = `services:\n  app:\n    image: shop/app\n${entries}`
  const { moves, left } = makePlan(await gathered(text, undefined, { '.env': dotenv, ...more }))
  return {
    moved: moves.map(({ candidate: { id } }) => id),
    left: left.map(({ candidate: { id }, reason }) => `${id}: ${reason}`),
  }
}

describe('migrate: values made from a secret line', () => {
  it('move, though they are no URL or have a name that says nothing', async () => {
    const { moved, left } = await planned(
      '    environment:\n      URL: "postgresql://app:$' +
        '{DB_PASSWORD}@db/app"\n      SIGNED_BY: $' +
        '{DB_PASSWORD}\n',
    )
    assert.deepEqual([moved, left], [['app.URL', 'app.SIGNED_BY'], []])
  })

  it('move also where the line is secret only by what a service calls it, and no name', async () => {
    const entries = '    environment:\n      MYSQL_ROOT_PASSWORD: $' + '{DBROOT}\n      DBROOT: $' + '{DBROOT}\n'
    assert.deepEqual((await planned(entries, 'DBROOT=Made-up-17\n')).moved, ['app.MYSQL_ROOT_PASSWORD', 'app.DBROOT'])
    assert.deepEqual((await planned(entries, 'DBROOT=shop\n')).moved, ['app.MYSQL_ROOT_PASSWORD'])
  })

  it('move with quotes that stand in an entry of a list around the reference: the service gets those, too', async () => {
    for (const quote of ['"', "'"]) {
      const entry = `    environment:\n      - DB_PASSWORD=${quote}$` + `{DB_PASSWORD}${quote}  # quoted\n`
      const text = `services:\n  app:\n    image: shop/app\n${entry}`
      const { moves } = makePlan(await gathered(text, undefined, { '.env': 'DB_PASSWORD=Made-up-17\n' }))
      assert.deepEqual(
        moves.map(({ candidate: { id, secret } }) => [id, secret]),
        [['app.DB_PASSWORD', `${quote}Made-up-17${quote}`]],
      )
    }
  })

  it('move with defaults beside the line, or with nothing but defaults', async () => {
    const conn = (password: string) =>
      `    environment:\n      CONN: Host=db;Username=$\{DB_USER:-shop};Password=${password}\n`.replace('\\{', '{')
    for (const password of ['{DB_PASSWORD}', '{OTHER_PASSWORD:-Made-up-17}'])
      assert.deepEqual((await planned(conn(`$${password}`))).moved, ['app.CONN'])
    const { left } = await planned(conn('Made-up-17$' + '{FROM_SHELL}'))
    assert.match(left.join(), /^app\.CONN: It is put together of variables, with a default/)
  })

  it('are told where they stay, so that a line which stays with them leads nowhere else', async () => {
    const { moved, left } = await planned('    env_file: [.env]\n    labels:\n      note: "pw $' + '{DB_PASSWORD}"\n')
    assert.deepEqual(moved, [])
    assert.equal(left.length, 2)
    assert.match(left.join('\n'), /^app\.note: Holds the value of DB_PASSWORD: a label is text/m)
    assert.match(left.join('\n'), /^app\.DB_PASSWORD: app\.note has it from the same line, and stays\.$/m)
  })

  it('are told apart from those that are made from other lines, and from what the shell sets', async () => {
    const { moved, left } = await planned(
      '    environment:\n      URL: "https://$' +
        '{PUBLIC_HOST}/$' +
        '{SHELL_TOKEN}"\n    labels:\n      host: $' +
        '{PUBLIC_HOST}\n',
      'PUBLIC_HOST=shop.example\n',
    )
    assert.deepEqual([moved, left], [[], []])
  })

  it('keep a line of another env file that they are made from in a later one', async () => {
    const { moved, left } = await planned('    env_file: [app.env, late.env]\n', '', {
      'app.env': 'DB_PASSWORD=Made-up-17\n',
      'late.env': 'NOTE=$' + '{DB_PASSWORD} $' + '{FROM_SHELL}\n',
    })
    assert.deepEqual(moved, [])
    assert.match(left.join('\n'), /^app\.DB_PASSWORD: NOTE in late\.env is made from it\.$/m)
  })

  it('count in an env file, too', async () => {
    const { moved } = await planned('    env_file: [app.env]\n', '', {
      'app.env': 'DB_PASSWORD="a #pw 17"\nURL="postgresql://app:$' + '{DB_PASSWORD}@db/app"\n',
    })
    assert.deepEqual(moved, ['app.DB_PASSWORD', 'app.URL'])
  })
})
