// Health checks that read a moved value: in the quotes that stand there, and where the value was given only if it is set.
import assert from 'node:assert/strict'
import { edited } from './in-memory.js'

const PW = 'Granite-17'
const READ = '$$(cat /run/secrets/mysql_root_password)'

async function checkOf(test: string, more = '', env: Readonly<Record<string, string>> = {}) {
  const value = env['.env'] === undefined ? PW : '$' + '{ROOT_PW}'
  const text = `services:\n  db:\n    image: mysql:8\n    environment:\n      MYSQL_ROOT_PASSWORD: ${value}\n    healthcheck:\n      test: ${test}\n${more}`
  const after = (await edited(text, undefined, env))['compose.yaml'] ?? ''
  return /test: (.*)/.exec(after)?.[1]
}

describe('migrate: health checks with quotes', () => {
  it('single quotes are left for the reading, which they would keep from being read', async () => {
    assert.equal(
      await checkOf(`["CMD-SHELL", "mysqladmin ping -p'${PW}'"]`),
      `["CMD-SHELL", "mysqladmin ping -p\\"${READ}\\""]`,
    )
    assert.equal(
      await checkOf(`mysqladmin ping -p'$` + `{ROOT_PW}'`, '', { '.env': `ROOT_PW=${PW}\n` }),
      `mysqladmin ping -p"${READ}"`,
    )
  })

  it('double quotes stay as they are, and what stood without any gets them: the next value may hold spaces', async () => {
    assert.equal(
      await checkOf(`["CMD-SHELL", "mysqladmin -p\\"${PW}\\" ping -p${PW}"]`),
      `["CMD-SHELL", "mysqladmin -p\\"${READ}\\" ping -p\\"${READ}\\""]`,
    )
  })

  it('a value that is given only if it is set is given still', async () => {
    assert.equal(
      await checkOf(`["CMD-SHELL", "mysqladmin $` + `{ROOT_PW:+-p$ROOT_PW} ping"]`, '', { '.env': `ROOT_PW=${PW}\n` }),
      `["CMD-SHELL", "mysqladmin -p\\"${READ}\\" ping"]`,
    )
  })
})
