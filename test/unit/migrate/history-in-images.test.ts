// A repository in a build context brings the values that leave a file into the image all the same: its history has them.
import assert from 'node:assert/strict'
import { makePlan } from '../../../src/migrate/plan.js'
import { plan } from './built-project.js'

const COMPOSE = 'services:\n  api:\n    build: .\n    environment:\n      API_SECRET: made-up-17\n'
const COMMITTED = { file: 'compose.yaml', commits: 1, since: '2026-01-01' }

async function notesOf(files: Readonly<Record<string, string>>, isCommitted = true): Promise<readonly string[]> {
  const { gathered } = await plan({ 'compose.yaml': COMPOSE, '.git/HEAD': 'ref: refs/heads/main\n', ...files })
  const committed = new Map(isCommitted ? [['api.API_SECRET', COMMITTED]] : [])
  return makePlan({ ...gathered, history: { committed } }).plan.notes.filter((note) => note.includes('.git along'))
}

describe('migrate: git history in images', () => {
  it('is told, with the line that copies it', async () => {
    assert.deepEqual(await notesOf({ Dockerfile: 'FROM a\nWORKDIR /app\nCOPY . .\n' }), [
      'api: COPY in line 3 of Dockerfile takes .git along, whose history holds moved values, into the image. Write .git into .dockerignore and build anew.',
    ])
  })

  it('is not, where none gets there', async () => {
    const all = { Dockerfile: 'FROM a\nCOPY . .\n' }
    assert.deepEqual(await notesOf({ ...all, '.dockerignore': '.git\n' }), [])
    assert.deepEqual(await notesOf({ ...all, 'Dockerfile.dockerignore': '**/.git\n' }), [])
    assert.deepEqual(await notesOf({ Dockerfile: 'FROM a\nCOPY src ./\n' }), [])
    assert.deepEqual(await notesOf({ Dockerfile: 'FROM a AS b\nCOPY . .\nFROM c\nCOPY --from=b /x /x\n' }), [])
    assert.deepEqual(await notesOf(all, false), [], 'no commit holds a value')
  })
})
