import assert from 'node:assert/strict'
import { readFileSync } from 'node:fs'
import { commandSecrets } from '../../../src/compose/command-secrets.js'
import { splitShellWords } from '../../../src/compose/shell-words.js'

/** Commands as people write them, one a line; a script behind `sh:`. What in them is a password is a kind of stone. */
const LINES = readFileSync('test/unit/compose/cases/passwords-in-commands.txt', 'utf8').trim().split('\n')
const STONE = /tskey-granite-77|(?:granite|basalt)[-_]77/g

const wordsOf = (line: string): readonly string[] =>
  line.startsWith('sh: ') ? ['sh', '-c', line.slice(4).replaceAll('\\nE', '\nE')] : (splitShellWords(line) ?? [])

describe('passwords that programs take by their place or an odd option', () => {
  for (const line of LINES)
    it(line, () => {
      const words = wordsOf(line)
      const found = commandSecrets(words)
      const stones = words.flatMap((word) => word.match(STONE) ?? [])
      assert.ok(stones.length > 0)
      assert.deepEqual(found.map(({ value }) => value).sort(), stones.sort())
      for (const { word, start, value } of found)
        assert.equal(words[word]?.slice(start, start + value.length), value, 'its place')
    })

  it('are none where the words mean something else', () => {
    for (const line of [
      'airflow webserver -p 8080',
      'jupyter notebook --NotebookApp.token= --ip=0.0.0.0',
      'code-server --auth password',
      'frps -c /etc/frps.toml',
      'sqlplus -s / as sysdba',
      'steamcmd +login anonymous +app_update 740',
      'openvpn --auth-user-pass /vpn/login.auth',
      'adduser --disabled-password app',
      'vault login -method=userpass username=app',
      'mc alias list',
      'mc alias set s3 http://minio:9000',
      'redis-server --save 60 1 --user default on',
      'rabbitmqctl list_users',
      'htpasswd -n app',
      'curl -u $USER:$PASSWORD https://x',
      'app registry.example.com/app:1@sha256:0011 git@example.com:a/b mailto:a@b npm:lodash@4',
    ])
      assert.deepEqual(commandSecrets(splitShellWords(line) ?? []), [], line)
  })

  it('are none where a shell puts something else there', () => {
    for (const script of [
      'echo "$PW" | docker login --password-stdin',
      'redis-cli ACL SETUSER app on ">$PW" ">$(cat /run/secrets/pw)"',
      'mc alias set s3 http://minio:9000 "$USER" "$PW"',
      'htpasswd -nb admin `cat /pw`',
      'echo hello | grep vault login',
      '# vault login granite-77',
    ])
      assert.deepEqual(commandSecrets(['sh', '-c', script]), [], script)
  })

  it('in single quotes have dollars of their own; those with backslashes are marked', () => {
    const [quoted, escaped] = commandSecrets(['sh', '-c', `app --password 'gr$nite 7' --token "gr\\$nite"`])
    assert.deepEqual([quoted?.value, quoted?.escaped], ['gr$nite 7', undefined])
    assert.deepEqual([escaped?.value, escaped?.escaped], ['gr\\$nite', true])
  })

  it('may be hashes, which begin as variables do', () => {
    const hash = ['$2y', '05', 'granite'].join('$')
    assert.deepEqual(
      commandSecrets(['--admin-password', hash]).map(({ value }) => value),
      [hash],
    )
    const digest = 'ab12'.repeat(16)
    assert.deepEqual(
      commandSecrets(['redis-server', '--user', `app on #${digest} ~*`]).map(({ value }) => value),
      [digest],
    )
  })
})
