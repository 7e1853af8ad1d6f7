import assert from 'node:assert/strict'
import { commandSecrets } from '../../../src/compose/command-secrets.js'
import { programAt } from '../../../src/compose/programs.js'
import { simpleCommands } from '../../../src/compose/shell-commands.js'

describe('the program of a command', () => {
  for (const [words, program] of [
    [['/usr/bin/mongosh', '-p', 'x'], 'mongosh'],
    [['docker-entrypoint.sh', 'mongosh'], 'mongosh'],
    [['tini', '-g', '--', 'redis-cli'], 'redis-cli'],
    [['gosu', 'redis', 'redis-cli'], 'redis-cli'],
    [['timeout', '-k', '5', '10', 'redis-cli'], 'redis-cli'],
    [['env', 'A=b', 'sqlcmd'], 'sqlcmd'],
    [['wait-for-it.sh', 'mongo:27017', '--', 'app'], 'app'],
    [['CMD', 'mysqladmin', 'ping'], 'mysqladmin'],
    [['--port', '1'], undefined],
    [['app', 'mongo'], 'app'],
  ] as const)
    it(words.join(' '), () => assert.equal(programAt(words)?.name, program))

  for (const [script, program] of [
    ['a; mysql X', 'mysql'],
    ['mysql -e "a; b" X', 'mysql'],
    ['until redis-cli ping && mongosh X', 'mongosh'],
    ['test "$(redis-cli X)" = PONG', 'redis-cli'],
    ['test "$(redis-cli ping)" = X', 'test'],
    ["bash -c 'A=b exec mysql X'", 'mysql'],
    ['echo `mysql X`', 'mysql'],
    ['(cd /tmp; curl X)', 'curl'],
  ] as const)
    it(script, () => {
      const texts = simpleCommands(script).map(({ words }) => words.map(({ text }) => text))
      const own = texts.filter((words) => words.includes('X'))
      assert.deepEqual(
        own.map((words) => programAt(words)?.name),
        [program],
      )
    })

  it('tells what its options mean: a host may be called as a program is', () => {
    const given = (words: readonly string[], leading?: readonly string[]) =>
      commandSecrets(words, leading).map(({ name, value }) => `${name} ${value}`)
    assert.deepEqual(given(['app', '--host', 'mongo', '-p', '8080']), [])
    assert.deepEqual(given(['app', 'redis-cli', '-a', 'all']), [])
    assert.deepEqual(given(['sh', '-c', 'wait mongo && app -h mongo -p 8080; mkdir -parents x mysql']), [])
    assert.deepEqual(given(['sh', '-c', 'curl https://a && chown -u 1000:1000 b']), [])
    assert.deepEqual(given(['mongosh', '-p', 'granite']), ['-p granite'])
    assert.deepEqual(given(['-u', 'root', '-p', 'granite'], ['mongosh']), ['-p granite'])
    assert.deepEqual(given(['-uroot', '-pgranite'], ['docker-entrypoint.sh', 'mysql']), ['-p granite'])
    assert.deepEqual(given(['sh', '-c', 'until mongosh --host mongo -p granite; do sleep 1; done']), ['-p granite'])
  })
})
