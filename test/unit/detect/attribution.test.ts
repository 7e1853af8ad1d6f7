import assert from 'node:assert/strict'
import { reported } from './reported.js'

const HEX = '9f3b07c1d2e84a65' + 'f0b7c93e1d8a2f46'

const rulesFor = (text: string, path: string) => reported(text, path).map(({ ruleId }) => ruleId)

describe('whose key it is, said beside it', () => {
  for (const [name, path, text, ruleId] of [
    ['a comment above', 'job.py', `# Finnhub API key\nkey = "${HEX.slice(0, 20)}"\n`, 'finnhub-credential'],
    [
      'a host on the line above',
      'app.yml',
      `url: https://api.lokalise.com/v2\nkey: ${HEX}00aabbcd\n`,
      'lokalise-credential',
    ],
    [
      'a host on its line',
      'run.sh',
      `curl -H "Authorization: Bearer ${HEX}" https://api.coinlayer.com/live\n`,
      'coinlayer-credential',
    ],
    ['the host it is the user of', 'run.sh', `wget https://${HEX}:x@api.tyntec.com/export\n`, 'tyntec-credential'],
  ] as const)
    it(name, () => assert.deepEqual(rulesFor(text, path), [ruleId]))

  for (const [name, path, text, ruleId] of [
    [
      'a host that no rule knows',
      'app.yml',
      `url: https://api.acme-shop.com/v2\nkey: ${HEX}\n`,
      'generic-random-value',
    ],
    [
      'a sentence that names a service',
      'job.py',
      `# asked Finnhub about limits yesterday\nkey = "${HEX}"\n`,
      'generic-random-value',
    ],
    [
      'a line further up',
      'app.yml',
      `url: https://api.tyntec.com\nuser_agent: backend of the shop, with a long name\nretries: 3\nkey: ${HEX}\n`,
      'generic-random-value',
    ],
  ] as const)
    it(`not said by ${name}`, () => assert.deepEqual(rulesFor(text, path), [ruleId]))

  it('a value that is no key of the service stays what it is', () => {
    const value = 'q8W2e5R9' + 't1Y3u7Kp5Zv6'
    assert.deepEqual(rulesFor(`# Coinlayer\nkey = "${value}"\n`, 'job.py'), ['generic-random-value'])
  })
})
