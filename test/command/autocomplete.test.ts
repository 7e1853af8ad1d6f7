// The completion of bash, as bash runs it: the built command writes the script, a bash sources it and is asked what TAB would offer.
import assert from 'node:assert/strict'
import { execFileSync } from 'node:child_process'
import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { runCommand } from '../fixtures/run-command.js'

describe('completion in bash', function () {
  this.timeout(60_000)
  let home: string
  let script: string

  before(async () => {
    home = mkdtempSync(join(tmpdir(), 'secretscan-completion-'))
    const { code, stdout } = await runCommand(['autocomplete', 'bash'], { env: { HOME: home, XDG_CACHE_HOME: home } })
    assert.equal(code, 0)
    assert.match(stdout, /autocomplete script bash/)
    script = join(home, 'secretscan', 'autocomplete', 'functions', 'bash', 'secretscan.bash')
  })
  after(() => rmSync(home, { recursive: true }))

  /** What TAB offers behind these words, the last of which is the one that is typed. */
  function offered(words: readonly string[]): string[] {
    const ask = 'source "$0"; COMP_WORDS=("$@"); COMP_CWORD=$(($# - 1)); _secretscan; printf "%s\\n" "${COMPREPLY[@]}"'
    const text = execFileSync('bash', ['-c', ask, script, 'secretscan', ...words], { encoding: 'utf8' })
    return text.split('\n').filter((word) => word !== '')
  }

  const cases: readonly [typed: readonly string[], offers: readonly string[]][] = [
    [['im'], ['image']],
    [['migrate', 'pl'], ['plan']],
    [
      ['cache', ''],
      ['clear', 'info'],
    ],
    [
      ['image', '--format', ''],
      ['table', 'json', 'sarif'],
    ],
    [['image', '--format', '=', 's'], ['sarif']],
    [['migrate', 'apply', '--to', 'sw'], ['swarm']],
    [['image', 'app.tar', '--form'], ['--format']],
    [['image', './app'], []],
    [['dir', '--output', ''], []],
  ]
  for (const [typed, offers] of cases)
    it(`offers ${offers.join(', ') || 'file names'} for: ${typed.join(' ')}`, () => {
      assert.deepEqual(offered(typed), offers)
    })

  it('leaves what it does not know to bash, which completes file names', () => {
    const text = execFileSync('bash', ['-c', 'source "$0"; complete -p secretscan', script], { encoding: 'utf8' })
    assert.match(text, /-o default/)
  })
})
