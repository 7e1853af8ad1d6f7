// A repository in a build context brings the values that leave a file into the image all the same: its history has them. So does a .env.
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

describe('migrate: env files in images', () => {
  const compose = 'services:\n  api:\n    build: .\n    environment:\n      API_SECRET: $' + '{API_SECRET}\n'
  const project = { 'compose.yaml': compose, '.env': 'API_SECRET=made-up-17\nPORT=80\n' }
  const notes = async (files: Readonly<Record<string, string>>, select: readonly string[] = []) => {
    const { gathered } = await plan({ ...project, ...files })
    return makePlan({ ...gathered, candidates: select.length === 0 ? gathered.candidates : [] }).plan.notes.filter(
      (note) => note.includes('.env along'),
    )
  }

  it('are told, with the line that copies them and what they hold', async () => {
    const all = { Dockerfile: 'FROM a\nCOPY . .\n' }
    const takes = 'api: COPY in line 2 of Dockerfile takes .env along into the image'
    const todo = 'Where nothing in the image reads it, write .env into .dockerignore, and build anew.'
    assert.deepEqual(await notes(all), [`${takes}, which had API_SECRET in it before the move. ${todo}`])
    assert.deepEqual(await notes(all, ['none']), [`${takes}, with API_SECRET. ${todo}`])
  })

  it('are not, where none gets there or it holds no secret', async () => {
    const all = { Dockerfile: 'FROM a\nCOPY . .\n' }
    assert.deepEqual(await notes({ ...all, '.dockerignore': '.env\n' }), [])
    assert.deepEqual(await notes({ Dockerfile: 'FROM a\nCOPY src ./\n' }), [])
    assert.deepEqual(await notes({ Dockerfile: 'FROM a AS b\nCOPY . .\nFROM c\nCOPY --from=b /x /x\n' }), [])
    assert.deepEqual(await notes({ ...all, '.env': 'API_SECRET=\nPORT=80\n' }), [])
  })
})
