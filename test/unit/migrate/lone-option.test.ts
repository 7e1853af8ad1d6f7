// Options of a program in a variable: only the one that is a secret moves, and the others stay as they are written.
import assert from 'node:assert/strict'
import { loneOption } from '../../../src/migrate/lone-option.js'
import { makePlan } from '../../../src/migrate/plan.js'
import { assertFitsUrls } from '../../../src/migrate/rotate/in-urls.js'
import { Secret } from '../../../src/support/secret.js'
import { edited, gathered } from './in-memory.js'

const PW = ['granite', '77'].join('')

describe('migrate: a secret among options that a variable holds', () => {
  for (const text of [
    `-Xmx512m -Dspring.datasource.password=${PW} -Dfoo=bar`,
    `--spring.datasource.username=root --spring.datasource.password=${PW}`,
    `--rpc --rpcpassword=${PW}  --x`,
    `--db-password=${PW}`,
  ])
    it(`is found in ${text.replace(PW, '…')}`, () => {
      const { start, end } = loneOption(text) ?? { start: 0, end: 0 }
      assert.equal(text.slice(start, end), PW)
    })

  for (const text of [
    `-Da.password=${PW} -Db.secret=other99`,
    `-Da.password=${PW} -Dname=${PW}`,
    `-Da.password='${PW}'`,
    `-Da.password=${PW} run`,
    `-Durl=postgres://u:${PW}@db/x`,
    `java -Da.password=${PW}`,
    ['-Da.password=$', `{${PW}}`].join(''),
    '-Xmx512m',
    PW,
  ])
    it(`is not cut out of ${text.replaceAll(PW, '…')}`, () => assert.equal(loneOption(text), undefined))

  const TEXT = `services:
  job:
    image: acme/job
    environment:
      PARAMS: "--url=jdbc:mysql://db:3306/x --username=root --db.password=${PW} --port=\${PORT:-80}" # all
  db:
    image: mysql:8
    environment:
      MYSQL_ROOT_PASSWORD: ${PW}
`
  it('moves alone, to the one secret that its database has', async () => {
    const { moves } = makePlan(await gathered(TEXT))
    assert.deepEqual(
      moves.map(({ candidate, name }) => [candidate.id, candidate.secret, name]),
      [
        ['job.PARAMS', PW, 'mysql_root_password'],
        ['db.MYSQL_ROOT_PASSWORD', PW, 'mysql_root_password'],
      ],
    )
    const file = (await edited(TEXT))['compose.yaml'] ?? ''
    assert.ok(
      file.includes(
        'PARAMS: "--url=jdbc:mysql://db:3306/x --username=root --db.password=@/run/secrets/mysql_root_password@ --port=$' +
          '{PORT:-80}" # all',
      ),
      file,
    )
  })

  it('takes no new value that its program would split', async () => {
    const text =
      'services:\n  job:\n    image: a\n    environment:\n      PARAMS: "-Xm -Da.password=@/run/secrets/pw@"\n'
    const { project } = await gathered(text)
    const place = { name: 'pw', store: 'compose-file', ref: '', users: ['job'], builds: [], byAgent: false } as const
    const fits = (value: string) => assertFitsUrls(project, place, Secret.of(Buffer.from(value)))
    assert.throws(() => fits('two words'), /cannot stand among options/)
    fits('one-word_9')
  })
})
