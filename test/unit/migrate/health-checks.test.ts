import assert from 'node:assert/strict'
import { parseDocument } from 'yaml'
import { makePlan } from '../../../src/migrate/plan.js'
import { edited, gathered } from './in-memory.js'

const PASSWORD = ['Sum', 'mer', '24'].join('')
const READ = '$$(cat /run/secrets/mysql_root_password)'

/** The health check of a database after its password moved, as the words that the engine gets. */
async function checkAfter(test: string): Promise<unknown> {
  const changed = await edited(
    `services:\n  db:\n    image: mysql:8\n    environment:\n      MYSQL_ROOT_PASSWORD: ${PASSWORD}\n    healthcheck:\n      test: ${test}\n`,
  )
  return parseDocument(changed['compose.yaml'] ?? '').getIn(['services', 'db', 'healthcheck', 'test']) as unknown
}

const items = (node: unknown): unknown => (node as { toJSON(): unknown }).toJSON()

describe('health checks that hold a moved value in quotes', () => {
  it('single quotes become double ones, in which a shell reads the file', async () => {
    for (const written of [
      `[CMD-SHELL, "mysqladmin ping -u root -p'${PASSWORD}'"]`,
      `[ 'CMD-SHELL', 'mysqladmin ping -u root -p''${PASSWORD}''' ]`,
    ])
      assert.deepEqual(items(await checkAfter(written)), ['CMD-SHELL', `mysqladmin ping -u root -p"${READ}"`])
    assert.equal(await checkAfter(`mysqladmin ping -p'${PASSWORD}'`), `mysqladmin ping -p"${READ}"`)
  })

  it('a longer text in single quotes is left for the reading alone', async () => {
    assert.deepEqual(items(await checkAfter(`[CMD, bash, -c, "x 'a --password ${PASSWORD} b' c"]`)), [
      'CMD',
      'bash',
      '-c',
      `x 'a --password '"${READ}"' b' c`,
    ])
  })

  it('a reference with the default that moves reads the file, too; one with another default stays', async () => {
    const password = '$' + '{S3_PASSWORD:-changeme}'
    const changed = await edited(
      `services:\n  s3:\n    image: shop/s3\n    environment:\n      S3_SECRET_KEY: ${password}\n    healthcheck:\n      test: [CMD-SHELL, "curl -u $\{U:-me}:${password} http://x/$\{S3_PASSWORD:-other}"]\n`.replaceAll(
        '\\{',
        '{',
      ),
    )
    const test = parseDocument(changed['compose.yaml'] ?? '').getIn(['services', 's3', 'healthcheck', 'test', 1])
    const read = '$' + '{U:-me}:"$$(cat /run/secrets/s3_secret_key)" http://x/$' + '{S3_PASSWORD:-other}'
    assert.equal(test, `curl -u ${read}`)
  })

  it('double quotes stay', async () => {
    assert.equal(await checkAfter(`'mysql -p"${PASSWORD}" -e 1'`), `mysql -p"${READ}" -e 1`)
  })

  it('quotes in a word of a list that no shell reads are text, and stay', async () => {
    assert.deepEqual(items(await checkAfter(`[CMD, mysqladmin, ping, -p, "'${PASSWORD}'"]`)), [
      'CMD-SHELL',
      `mysqladmin ping -p "'${READ}'"`,
    ])
  })
})

describe('health checks that hold a moved value which may be a name as well', () => {
  const checkOf = async (image: string, variable: string, value: string, test: string) => {
    const changed = await edited(
      `services:\n  a:\n    image: ${image}\n    environment: { ${variable}: ${value} }\n    healthcheck:\n      test: ${test}\n`,
    )
    const node = parseDocument(changed['compose.yaml'] ?? '').getIn(['services', 'a', 'healthcheck', 'test'])
    return (typeof node === 'string' ? node : items(node)) as unknown
  }
  const read = (name: string) => `"$$(cat /run/secrets/${name})"`

  it("a user's name that is the password, too, is the user's name: the check reads the file, and the password moves", async () => {
    const name = ['hello', 'django'].join('_')
    const changed = await edited(
      `services:\n  web:\n    image: shop/web\n    environment: { SQL_PASSWORD: ${name}, SQL_HOST: db }\n  db:\n    image: postgres:15\n    environment: { POSTGRES_USER: ${name}, POSTGRES_PASSWORD: ${name} }\n    healthcheck:\n      test: [CMD-SHELL, "PGPASSWORD=$$POSTGRES_PASSWORD pg_isready -U ${name}"]\n`,
    )
    const db = parseDocument(changed['compose.yaml'] ?? '').getIn(['services', 'db']) as { toJSON(): unknown }
    const { environment, healthcheck } = db.toJSON() as Record<string, Record<string, unknown>>
    assert.deepEqual(Object.keys(environment ?? {}).sort(), ['POSTGRES_PASSWORD_FILE', 'POSTGRES_USER'])
    assert.match(
      JSON.stringify(healthcheck?.['test']),
      new RegExp(`\\$\\$\\(cat /run/secrets/\\w+\\)\\\\" pg_isready -U ${name}"`),
    )
  })

  it('what the program takes a password by is one', async () => {
    const es = (test: string) => checkOf('elasticsearch:8', 'ELASTIC_PASSWORD', 'elasticpw', test)
    assert.equal(
      await es('curl -s -u elastic:elasticpw http://a:9200/elasticpw || exit 1'),
      `curl -s -u elastic:${read('elastic_password')} http://a:9200/elasticpw || exit 1`,
    )
    assert.deepEqual(await es('[CMD, curl, --user, "elastic:elasticpw", "http://a:9200"]'), [
      'CMD-SHELL',
      'curl --user "elastic:$$(cat /run/secrets/elastic_password)" http://a:9200',
    ])
    assert.equal(
      await checkOf('shop/mssql', 'SA_PASSWORD', 'Secretword', `/opt/bin/sqlcmd -U sa -P "Secretword" -Q "SELECT 1"`),
      `/opt/bin/sqlcmd -U sa -P ${read('sa_password')} -Q "SELECT 1"`,
    )
  })

  it('a short one counts where a program takes it, and nowhere else', async () => {
    assert.equal(
      await checkOf('mysql:8', 'MYSQL_ROOT_PASSWORD', 'abc', 'mysqladmin ping -h abc -pabc && echo abc'),
      `mysqladmin ping -h abc -p${read('mysql_root_password')} && echo abc`,
    )
  })
})

describe('health checks that have the default of a password in a command', () => {
  it('read its file where they write the same reference', async () => {
    const reference = '$' + '{REDIS_PW:-granite-17}'
    const written = async (check: string) => {
      const text = `services:\n  cache:\n    image: redis:7\n    command: redis-server --requirepass ${reference}\n    healthcheck:\n      test: ${check}\n`
      const changed = await edited(text)
      const node = parseDocument(changed['compose.yaml'] ?? '').getIn(['services', 'cache', 'healthcheck', 'test'])
      return typeof node === 'string' ? node : items(node)
    }
    const read = '"$$(cat /run/secrets/cache_password)"'
    assert.deepEqual(await written(`["CMD", "redis-cli", "-a", "${reference}", "ping"]`), [
      'CMD-SHELL',
      `redis-cli -a ${read} ping`,
    ])
    assert.equal(await written(`redis-cli -a ${reference} ping`), `redis-cli -a ${read} ping`)
  })
})

describe('health checks that hold a moved password which may be a word', () => {
  const WORD = ['some', 'wordpress'].join('')
  const planOf = async (check: string, more = '') =>
    makePlan(
      await gathered(
        `services:\n  db:\n    image: mysql:8\n    environment:\n      MYSQL_ROOT_PASSWORD: ${WORD}\n${more}    healthcheck:\n      test: ${check}\n`,
      ),
    )

  it('what is compared with the variable is the password, on both sides', async () => {
    for (const [check, expected] of [
      [`test "$$MYSQL_ROOT_PASSWORD" = ${WORD}`, `test "${READ}" = "${READ}"`],
      [`'[ "${WORD}" != "$$MYSQL_ROOT_PASSWORD" ]'`, `[ "${READ}" != "${READ}" ]`],
    ] as const) {
      const { staged, moves } = await planOf(check)
      assert.equal(moves.length, 1)
      const [text = ''] = [...staged.values()].map((bytes) => Buffer.from(bytes).toString())
      assert.equal(parseDocument(text).getIn(['services', 'db', 'healthcheck', 'test']), expected)
    }
  })

  it('the name of the option that takes it is none, though it spells the value', async () => {
    const changed = await edited(
      `services:\n  db:\n    image: mysql:8\n    environment:\n      MYSQL_ROOT_PASSWORD: $\{PW:-password}\n    healthcheck:\n      test: "mysql --password=$$MYSQL_ROOT_PASSWORD -e 1"\n`,
    )
    const check = parseDocument(changed['compose.yaml'] ?? '').getIn(['services', 'db', 'healthcheck', 'test'])
    assert.equal(check, `mysql --password="${READ}" -e 1`)
  })

  it('where nothing tells what the word is, the value stays, and no plan holds it', async () => {
    const check = `mysqladmin ping -p$$MYSQL_ROOT_PASSWORD && grep ${WORD} /etc/known`
    const { plan, moves } = await planOf(check)
    assert.ok(!JSON.stringify(plan).includes(WORD))
    assert.deepEqual(moves, [])
    assert.match(plan.left[0]?.reason ?? '', /holds its value as a word, and nothing tells/)
  })

  it('a user, a host or a database of the same name is none', async () => {
    const check = `mysql -u ${WORD} -p$$MYSQL_ROOT_PASSWORD`
    for (const [text, more] of [
      [check, ''],
      [`mysql -p$$MYSQL_ROOT_PASSWORD ${WORD}`, `      MYSQL_DATABASE: ${WORD}\n`],
    ] as const)
      assert.equal((await planOf(text, more)).moves.length, 1, text)
  })
})

describe('migrate: a health check that holds a value beside its variable', () => {
  it('is named with its line, where the value cannot be replaced in it', async () => {
    const value = ['hook', 'app-50x'].join('-')
    const text = `services:\n  app:\n    image: shop/app\n    environment: { APP_SECRET: ${value} }\n    healthcheck:\n      test: ["CMD-SHELL", "[ \\"$$(printenv APP_SECRET)\\" = \\"\${EXP:-${value}}\\" ]"]\n`
    const { left } = makePlan(await gathered(text))
    assert.match(
      left[0]?.reason ?? '',
      /the health check in compose\.yaml:6, which has to read it .* holds the value itself/,
    )
    assert.ok(!left.some(({ reason }) => reason.includes(value)))
  })
})

describe('hooks and health checks that hold a value of their own', () => {
  const todoOf = async (more: string) => {
    const text = `services:\n  app:\n    image: shop/app\n    environment: { API_TOKEN: ${PASSWORD}-31 }\n${more}`
    const { left } = makePlan(await gathered(text))
    return left.map(({ reason, todo }) => `${reason} ${todo}`).join('\n')
  }

  it('are told to read the variable that has it, or one to be made', async () => {
    const hook = (value: string) => `    post_start:\n      - command: ["seed", "--token", "${value}"]\n`
    assert.match(
      await todoOf(hook(`${PASSWORD}-31`)),
      /: a post_start hook holds it\. app has it as API_TOKEN: write \$\$API_TOKEN in the command of the hook, as a script \(\["sh", "-c", "…"\]\), and plan again: both move\.$/,
    )
    assert.match(
      await todoOf(hook('Plum-7-tree')),
      /: a post_start hook holds it\. Put it into a variable of the service/,
    )
    assert.match(
      await todoOf(`    healthcheck: { test: ["CMD", "x", "--token", "${PASSWORD}-32"] }\n`),
      /holds it\. Put it into a variable .* in the check, as a script \(\["CMD-SHELL", "…"\]\)/,
    )
  })
})
