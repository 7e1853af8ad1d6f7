import assert from 'node:assert/strict'
import { execFileSync } from 'node:child_process'
import { mkdirSync, mkdtempSync, rmSync, truncateSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { smallFile } from '../../../src/support/small-file.js'

describe('files that are read because of their names', () => {
  let folder: string
  beforeEach(() => {
    folder = mkdtempSync(join(tmpdir(), 'secretscan-small-'))
  })
  afterEach(() => rmSync(folder, { recursive: true, force: true }))

  it('are those that a person may have written: no pipe, no folder, nothing large', async () => {
    writeFileSync(join(folder, 'script'), '#!/bin/sh\n')
    execFileSync('mkfifo', [join(folder, 'pipe')])
    mkdirSync(join(folder, 'folder'))
    writeFileSync(join(folder, 'ibdata1'), '')
    truncateSync(join(folder, 'ibdata1'), 2 ** 33)
    assert.equal((await smallFile(join(folder, 'script')))?.toString(), '#!/bin/sh\n')
    assert.equal(await smallFile(join(folder, 'script'), 4), undefined)
    for (const name of ['pipe', 'folder', 'ibdata1', 'nothing'])
      assert.equal(await smallFile(join(folder, name)), undefined, name)
  })
})
