// What a folder's files give where they are no longer what they were when they were listed.
import assert from 'node:assert/strict'
import { execFileSync } from 'node:child_process'
import { appendFileSync, mkdtempSync, rmSync, symlinkSync, truncateSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { listFolder } from '../../../src/scan/list-folder.js'

/** The text of the folder's only file, which `change` alters between its listing and its reading. */
async function readChanged(content: string, change: (path: string) => void): Promise<string> {
  const folder = mkdtempSync(join(tmpdir(), 'secretscan-list-'))
  try {
    const path = join(folder, 'file')
    writeFileSync(path, content)
    const pieces: Uint8Array[] = []
    for await (const { body } of listFolder(folder, { on: () => {}, asBuildContext: false })) {
      change(path)
      for await (const piece of body) pieces.push(piece)
    }
    return Buffer.concat(pieces).toString()
  } finally {
    rmSync(folder, { recursive: true, force: true })
  }
}

describe('the files of a folder', () => {
  it('are read to their ends, whatever their size', async () => {
    for (const size of [0, 1, 5000, 1024 * 1024 - 1, 1024 * 1024, 2_500_000]) {
      const content = 'abcdefg'.repeat(size / 7 + 1).slice(0, size)
      assert.ok((await readChanged(content, () => {})) === content, `${size} bytes`)
    }
  })

  it('are read as they are now where they have grown or shrunk since they were listed', async () => {
    const more = 'more '.repeat(1000)
    assert.equal(await readChanged('listed ', (path) => appendFileSync(path, more)), `listed ${more}`)
    assert.equal(await readChanged('listed and cut', (path) => truncateSync(path, 6)), 'listed')
  })

  it('are not waited for where a pipe has taken their place', async () => {
    const swapped = readChanged('listed', (path) => {
      rmSync(path)
      execFileSync('mkfifo', [path])
    })
    assert.equal(await swapped, '')
  })

  it('are not followed where a link has taken their place', async () => {
    const swapped = readChanged('listed', (path) => {
      rmSync(path)
      symlinkSync('/etc/passwd', path)
    })
    await assert.rejects(swapped, { code: 'ELOOP' })
  })
})
