// What the scan of a project claims in its commands: the passwords that a migration finds there, at their places.
import assert from 'node:assert/strict'
import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { commandSecrets } from '../../../src/compose/command-secrets.js'
import { loadProject } from '../../../src/compose/load.js'
import { splitShellWords } from '../../../src/compose/shell-words.js'
import { projectPieces } from '../../../src/scan/project-pieces.js'

const FOLDER = '/project'

async function claimsIn(text: string) {
  const file = join(FOLDER, 'compose.yaml')
  const project = await loadProject({
    files: [file],
    profiles: [],
    env: {},
    cwd: FOLDER,
    overlay: new Map([[file, Buffer.from(text)]]),
  })
  return projectPieces(project).flatMap(({ place, text: bytes, claims = [], base, fixed }) =>
    claims.map(({ ruleId, start, end }) => ({
      service: 'service' in place ? place.service : undefined,
      ruleId,
      value: Buffer.from(bytes.subarray(start, end)).toString(),
      isThere:
        base === undefined ||
        fixed !== undefined ||
        Buffer.from(text)
          .subarray(base + start)
          .toString()
          .startsWith(Buffer.from(bytes.subarray(start, end)).toString()),
    })),
  )
}

const yaml = (text: string) => `'${text.replaceAll('$', '$$$$').replaceAll("'", "''")}'`

describe('the scan of a project', () => {
  it('claims the passwords among the words of commands, given as text or as a list', async () => {
    const lines = readFileSync('test/unit/compose/cases/passwords-in-commands.txt', 'utf8').trim().split('\n')
    const commands = lines.filter((line) => !line.startsWith('sh: ')).map((line) => splitShellWords(line) ?? [])
    const scripts = lines.flatMap((line) => (line.startsWith('sh: ') ? [line.slice(4)] : []))
    const services = [
      ...commands.map((words) => [`[${words.map(yaml).join(', ')}]`, words] as const),
      ...scripts.map((script) => [`["sh", "-c", ${yaml(script)}]`, ['sh', '-c', script]] as const),
      ...commands
        .filter((words) => words.every((word) => /^[\w=:@/.,+-]+$/.test(word)))
        .map((words) => [yaml(words.join(' ')), words] as const),
    ]
    const text = `services:\n${services.map(([command], index) => `  s${index}: {image: busybox, command: ${command}}\n`).join('')}`
    const claims = await claimsIn(text)
    for (const [index, [command, words]] of services.entries()) {
      const own = claims.filter(({ service }) => service === `s${index}`)
      assert.deepEqual(
        own.map(({ value }) => value).sort(),
        commandSecrets(words)
          .map(({ value }) => value)
          .sort(),
        command,
      )
      assert.ok(
        own.every(({ isThere }) => isThere),
        command,
      )
    }
  })

  it('knows what an image starts, hooks, labels that are commands, and lines of a script', async () => {
    const claims = await claimsIn(`services:
  a: {image: minio/mc, command: admin user add s3 app granite-77}
  b:
    image: busybox
    command:
      - sh
      - -c
      - |
        mc alias set s3 \\
          http://minio:9000 app basalt-77
        exec app
    post_start: [{command: ["redis-cli", "-a", "schist-77", "ping"]}]
    labels: {job.dump.command: mysqldump -pgneiss-77 shop, note: mysqldump -pslate-77}
`)
    assert.deepEqual(
      claims.map(({ ruleId, value }) => [ruleId, value]),
      ['granite-77', 'basalt-77', 'schist-77', 'gneiss-77'].map((value) => ['project-password-option', value]),
    )
  })

  it('claims words that look like passwords, and not by themselves alone', async () => {
    const random = 'kT9vQ2mX' + 'z7LpR4sW'
    const claims = await claimsIn(`services:
  a: {image: acme/tool, command: ["start", "-x", "${random}"]}
  b: {image: acme/tool, command: ["start", "--cluster-id", "${random}"]}
  c: {image: acme/tool, command: tool start ${random}}
`)
    assert.deepEqual(
      claims.map(({ service, ruleId }) => [service, ruleId]),
      ['a', 'c'].map((each) => [each, 'project-word-like-password']),
    )
  })
})
