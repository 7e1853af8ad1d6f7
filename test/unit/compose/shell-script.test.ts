import assert from 'node:assert/strict'
import { scriptIndex } from '../../../src/compose/shell-script.js'

describe('the script among the words of a command', () => {
  for (const [words, script] of [
    [['sh', '-c', 'SCRIPT', 'x'], 'SCRIPT'],
    [['CMD', '/bin/bash', '-lc', 'SCRIPT'], 'SCRIPT'],
    [['bash', '-o', 'pipefail', '-c', 'SCRIPT', 'a', 'b'], 'SCRIPT'],
    [['bash', '-euo', 'pipefail', '-c', 'SCRIPT'], 'SCRIPT'],
    [['bash', '--noprofile', '--rcfile', 'f', '-c', 'SCRIPT'], 'SCRIPT'],
    [['sh', '-c', '-e', 'SCRIPT'], 'SCRIPT'],
    [['sh', '-c', '--', 'SCRIPT'], 'SCRIPT'],
    [['docker-entrypoint.sh', 'sh', '-ec', 'SCRIPT'], 'SCRIPT'],
    [['su', '-s', '/bin/sh', 'app', '-c', 'SCRIPT'], 'SCRIPT'],
    [['busybox', 'sh', '-c', 'SCRIPT'], 'SCRIPT'],
    [['sh', 'file.sh', '-c', 'x'], undefined],
    [['redis-server', '-c', 'x'], undefined],
    [['curl', '-c', 'jar', 'https://a'], undefined],
    [['psql', '-U', 'u', '-c', 'select 1'], undefined],
    [['nginx', '-c', '/etc/nginx.conf'], undefined],
    [['start.sh', '-c', 'x'], undefined],
    [['sh', '-c'], undefined],
  ] as const)
    it(words.join(' '), () => {
      const index = scriptIndex(words)
      assert.equal(index === undefined ? undefined : words[index], script)
    })
})
