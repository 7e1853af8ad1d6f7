import assert from 'node:assert/strict'
import { makePlan } from '../../../src/migrate/plan.js'
import { renderPlan } from '../../../src/migrate/print-plan.js'
import { edited, gathered } from './in-memory.js'

async function planned(text: string, extra: Readonly<Record<string, string>> = {}) {
  const base = await gathered(text, undefined, extra)
  const plan = makePlan(base)
  return { ...plan, text: renderPlan(base, plan) }
}

describe('migrate: values and where they stand', () => {
  it('a password that is also a user is masked and replaced as a password only', async () => {
    const text =
      'services:\n  db:\n    image: mysql\n    environment:\n      MYSQL_ROOT_PASSWORD: root\n    healthcheck:\n      test: mysqladmin ping -u root -proot\n'
    assert.match(
      (await edited(text))['compose.yaml'] ?? '',
      /test: mysqladmin ping -u root -p"\$\$\(cat \/run\/secrets\/mysql_root_password\)"\n/,
    )
    assert.match((await planned(text)).text, /\+ {6}MYSQL_ROOT_PASSWORD_FILE: \/run\/secrets\/mysql_root_password\n/)
    const left = (await planned(text.replace('mysql\n', 'shop/x\n').replace('ROOT_PASSWORD', 'ROOT_PASSWORD#'))).text
    assert.ok(!/-proot/.test(left))
  })

  it('one word in two places is one secret only where a database and its client share it', async () => {
    const text = (client: string) =>
      `services:\n  db:\n    image: postgres\n    environment: { POSTGRES_PASSWORD: airflow }\n  web:\n    image: shop/x\n    environment: { ${client}: airflow }\n`
    const names = async (client: string) => new Set((await planned(text(client))).moves.map(({ name }) => name)).size
    assert.equal(await names('DB_PASSWORD'), 1)
    assert.equal(await names('WEB_ADMIN_PASSWORD'), 2)
  })

  it('tells where a moved value stands still, by line', async () => {
    const { plan } = await planned(
      'services:\n  db:\n    image: minio/minio\n    environment:\n      MINIO_ROOT_PASSWORD: Made-up-24 # was Made-up-24\n  mc:\n    image: minio/mc\n    working_dir: /srv/Made-up-24\n',
    )
    assert.match(
      plan.notes.join('\n'),
      /minio_root_password: its value still stands in compose\.yaml:5, compose\.yaml:8,/,
    )
    assert.ok(!JSON.stringify(plan).includes('Made-up-24'))
    const word = await planned(
      'services:\n  db:\n    image: minio/minio\n    environment:\n      MINIO_ROOT_PASSWORD: minioadmin\n      MINIO_ROOT_USER: minioadmin\n',
    )
    assert.ok(!word.plan.notes.join('\n').includes('still stands'))
    const { plan: twice } = await planned(
      'services:\n  ci:\n    image: shop/ci\n    environment:\n      GIT_CLIENT_SECRET: Made-up-24\n      GIT_CLIENT_ID: Made-up-24\n',
    )
    assert.doesNotMatch(twice.notes.join('\n'), /compose\.yaml:6/)
    const { plan: image } = await planned(
      'services:\n  box:\n    image: shop/dify-sandbox:1\n    environment:\n      API_KEY: dify-sandbox\n',
    )
    assert.doesNotMatch(image.notes.join('\n'), /still stands/)
  })

  it('names a file outside of the project from its folder, as the plan does', async () => {
    const { text } = await planned('services:\n  db:\n    image: minio/minio\n    env_file: ../envs/minio.env\n', {
      '../envs/minio.env': '# was Made-up-24\nMINIO_ROOT_PASSWORD=Made-up-24\n',
    })
    assert.match(text, /minio_root_password: its value still stands in \.\.\/envs\/minio\.env:1,/)
    assert.doesNotMatch(text, /\s\/envs\//)
  })

  it('names that are written together with what they belong to are secret', async () => {
    const { candidates } = await gathered(
      'services:\n  a:\n    image: x\n    environment: { PGPASSWORD: a1, REDISPASSWORD: b1, DB_ENC_KEY: c1, PASSWORDLESS: d1 }\n',
    )
    assert.deepEqual(
      candidates.map(({ variable }) => variable),
      ['PGPASSWORD', 'REDISPASSWORD', 'DB_ENC_KEY'],
    )
  })
})
