// What oclif says, as a person reads it.
import assert from 'node:assert/strict'
import { oclifWords } from '../../../src/commands/shared/oclif-words.js'
import { sentence } from '../../../src/support/sentence.js'

describe("oclif's words", () => {
  const cases: [string, string][] = [
    [
      'Missing 1 required arg:\nname  Name of the secret in the Compose file\n\nNote: --rules, --file allow multiple values. Because of this …\nSee more help with --help',
      'NAME (name of the secret in the Compose file) must be given.',
    ],
    [
      'Missing 2 required args:\nfrom  Where it is\nto\nSee more help with --help',
      'FROM (where it is) and TO must be given.',
    ],
    [
      'Parsing --generate \n\tExpected an integer greater than or equal to 16 but received: 3\nSee more help with --help',
      '--generate: expected an integer greater than or equal to 16 but received: 3',
    ],
    [
      'Expected --to=folder to be one of: compose-file, swarm, vault\nSee more help with --help',
      '--to takes compose-file, swarm, vault, not folder.',
    ],
    [
      'Expected --from=report.json to be one of: swarm, compose-file\nSee more help with --help',
      '--from takes swarm, compose-file, not report.json. A report is given with --from-report FILE.',
    ],
    ['Nonexistent flag: --x\nSee more help with --help', 'Nonexistent flag: --x'],
  ]
  for (const [said, words] of cases) it(words, () => assert.equal(oclifWords(said), words))

  it('command lines keep their first letter, sentences get one', () => {
    assert.equal(sentence('secretscan migrate writes it'), 'secretscan migrate writes it.')
    assert.equal(sentence('it is written'), 'It is written.')
  })
})
