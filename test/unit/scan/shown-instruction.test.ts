import assert from 'node:assert/strict'
import { shownInstruction } from '../../../src/scan/shown-instruction.js'

describe('the instruction that people see', () => {
  const cases: readonly (readonly [string, string, string])[] = [
    [
      'a build argument',
      'RUN |2 APP=shop DB_PASSWORD=two words /bin/sh -c make # buildkit',
      'RUN |2 APP=shop DB_PASSWORD=**** make',
    ],
    ['one of the classic builder', "|1 DB_PASSWORD=a='b c' /bin/sh -c make", 'RUN |1 DB_PASSWORD=**** make'],
    ['a declared default', 'ARG ROOT_PASSWORD=hunter2', 'ARG ROOT_PASSWORD=****'],
    ['a variable', '/bin/sh -c #(nop)  ENV DB_PASSWORD=hunter2', 'ENV DB_PASSWORD=****'],
    ['one in a command, quoted', `RUN /bin/sh -c DB_PASSWORD="a b" make # buildkit`, 'RUN DB_PASSWORD=**** make'],
    [
      'the name of another variable',
      'RUN /bin/sh -c DB_PASSWORD=$PASSWORD make # buildkit',
      'RUN DB_PASSWORD=$PASSWORD make',
    ],
    ['a name that is no secret', 'ENV PATH=/usr/bin', 'ENV PATH=/usr/bin'],
  ]
  for (const [name, createdBy, shown] of cases) it(name, () => assert.equal(shownInstruction(createdBy), shown))
})
