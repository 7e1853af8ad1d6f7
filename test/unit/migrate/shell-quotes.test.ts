import assert from 'node:assert/strict'
import { hasUnsureQuotes, quoteAt, quotedReading } from '../../../src/migrate/shell-quotes.js'

describe('quotes of a shell script', () => {
  for (const [script, quote] of [
    ['exec redis-server --requirepass X', ''],
    ['psql "host=db password=X"', '"'],
    ["PGPASSWORD='X' psql", "'"],
    ['echo "it\'s" X', ''],
    ["echo 'a \\' X", ''],
    ["# don't log\nexec redis-server --requirepass X", ''],
    ['echo a#"b X', '"'],
    ['echo $# "X', '"'],
    ['run # with X', '#'],
  ] as const)
    it(`are ${quote === '' ? 'none' : quote} at X in ${script}`, () =>
      assert.equal(quoteAt(script, script.indexOf('X')), quote))

  it('let a reading be one word', () => {
    assert.equal(quotedReading('$(cat f)', ''), '"$(cat f)"')
    assert.equal(quotedReading('$(cat f)', '"'), '$(cat f)')
    assert.equal(quotedReading('$(cat f)', "'"), `'"$(cat f)"'`)
  })

  it('are not sure in here-documents and in commands inside quotes', () => {
    for (const script of [
      'cat > f <<EOF\npassword=X\nEOF',
      `test "$(PGPASSWORD='X' psql -c 'select 1')" = 1`,
      `test "$$(PGPASSWORD='X' psql)" = 1`,
      'A=`cat X`',
    ])
      assert.equal(hasUnsureQuotes(script), true, script)
    for (const script of [
      "PGPASSWORD='X' psql",
      "# don't `log`\nexec redis-server --requirepass X",
      'redis-cli -a "X" ping | grep PONG',
      'A=$(cat X) b',
      'echo "a" $(cat X)',
    ])
      assert.equal(hasUnsureQuotes(script), false, script)
  })
})
