// A process's environment, as /proc/1/environ has it: values end at a NUL, and each is judged as a line of settings.
import assert from 'node:assert/strict'
import { environmentAsLines } from '../../../src/detect/environment.js'
import { plainValue, reported } from './reported.js'

const VALUES = ['Shag!' + 'Stack4', 'q8W2e5R9t1' + 'Y3u7Kp5Zv6']
const ENVIRONMENT = ['PATH=/usr/bin:/bin', `DB_PASSWORD=${VALUES[0]}`, 'HOME=/root', `API_TOKEN=${VALUES[1]}`, '']

describe('the environment of a process in a file', () => {
  for (const path of ['proc/1/environ', 'dump/environ-1.txt'])
    it(`gives its values in ${path}`, () =>
      assert.deepEqual(
        reported(ENVIRONMENT.join('\0'), path).map((match) => plainValue(match)),
        VALUES,
      ))

  it('keeps each byte at its place', () => {
    const text = Buffer.from(ENVIRONMENT.join('\0'))
    assert.equal(Buffer.from(environmentAsLines(text)).toString(), ENVIRONMENT.join('\n'))
    assert.equal(text.toString(), ENVIRONMENT.join('\0'))
  })

  for (const [what, text] of [
    ['lines', 'A=1\nB=2\n'],
    ['strings of a program', 'A=1\0usage: acme\0'],
    ['a program', 'MZ=\x01\x02\0A=1\0'],
    ['one string without a NUL', 'DB_PASSWORD=x'],
  ] as const)
    it(`leaves ${what} as they are`, () => {
      const bytes = Buffer.from(text)
      assert.equal(environmentAsLines(bytes), bytes)
    })
})
