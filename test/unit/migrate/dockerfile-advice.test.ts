// What is said of a report where there is a Dockerfile and no Compose project.
import assert from 'node:assert/strict'
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { type DockerfileAdvice, dockerfileAdvice } from '../../../src/migrate/from-report/dockerfile-advice.js'
import { renderAdvice } from '../../../src/migrate/from-report/print-advice.js'

type Fields = Readonly<Record<string, unknown>>

describe('migrate/from-report: advice for a Dockerfile alone', () => {
  let folder: string
  beforeEach(() => {
    folder = mkdtempSync(join(tmpdir(), 'secretscan-advice-'))
  })
  afterEach(() => rmSync(folder, { recursive: true, force: true }))

  /** `findings`: each with the image that it is in, the fields of its place, and whose it is. */
  async function advice(
    dockerfile: string,
    findings: readonly (readonly [image: string, place: Fields, origin?: string])[],
  ): Promise<DockerfileAdvice> {
    writeFileSync(join(folder, 'Dockerfile'), dockerfile)
    const images = [...new Set(findings.map(([image]) => image))]
    const report = {
      schemaVersion: 1,
      targets: images.map((image) => ({ kind: 'image', input: image, reference: image, source: 'docker' })),
      findings: findings.map(([image, place, origin = 'own'], index) => ({
        fingerprint: `v1:${index}`,
        title: 'Made-up token',
        origin,
        location: { target: images.indexOf(image), ...place },
      })),
    }
    writeFileSync(join(folder, 'report.json'), JSON.stringify(report))
    const given = await dockerfileAdvice(join(folder, 'report.json'), folder)
    assert.ok(given !== undefined)
    return given
  }

  const env = { kind: 'env', key: 'API_TOKEN' }
  const arg = { kind: 'build-arg', key: 'API_TOKEN' }
  for (const [name, dockerfile, place, reason] of [
    ['of the last stage', 'FROM a AS b\nENV API_TOKEN=x\nFROM c\nENV API_TOKEN=y\n', env, /^ENV in line 4 /],
    ['of a stage that it is built from', 'FROM a AS b\nENV API_TOKEN=x\nFROM b\n', env, /^ENV in line 2 /],
    ['that is set again', 'FROM a\nENV API_TOKEN=x\nENV API_TOKEN=y\n', env, /^ENV in line 3 /],
    ['of another stage alone', 'FROM a AS b\nENV API_TOKEN=x\nFROM c\n', env, /has no ENV API_TOKEN/],
    ['as an argument', 'FROM a AS b\nARG API_TOKEN\nFROM c\nARG API_TOKEN\n', arg, /^ARG in line 4 /],
    ['as an argument of another stage', 'FROM a AS b\nARG API_TOKEN\nFROM c\n', arg, /has no ARG API_TOKEN/],
  ] as const)
    it(`names the line of a variable ${name}`, async () => {
      const { left } = await advice(dockerfile, [['shop/app:1', place]])
      assert.match(left.map((entry) => entry.reason).join(), reason)
    })

  it('names every line of the history, also where it made no layer and several have one name', async () => {
    const history = (createdBy?: string) => ({ kind: 'history', key: 'https', createdBy })
    const { left } = await advice('FROM a\nRUN curl https://u:pw1@b\nRUN curl https://u:pw2@c\n', [
      ['shop/app:1', history('RUN curl https://u:****@b')],
      ['shop/app:1', history('RUN |1 A=b curl https://u:****@c')],
      ['shop/app:1', history('RUN curl https://u:****@d')],
      ['shop/app:1', history()],
    ])
    assert.deepEqual(
      left.map(({ reason }) => reason.replace(/:.*/, '')),
      [
        'RUN in line 2 of the Dockerfile holds it',
        'RUN in line 3 of the Dockerfile holds it',
        'No line of the Dockerfile says this',
        'The report does not tell which line made it',
      ],
    )
  })

  for (const [file, copy, todo] of [
    ['Dockerfile', 'COPY . /app/', /^Take it out of Dockerfile itself, .* add \/Dockerfile to \.dockerignore; then/],
    [
      'Dockerfile',
      'COPY Dockerfile /app/',
      /: take Dockerfile out of that line, and add \/Dockerfile to \.dockerignore/,
    ],
    ['compose.prod.yaml', 'COPY . /app/', /^Take it out of compose\.prod\.yaml itself/],
    ['.dockerignore', 'COPY . /app/', /^Take it out of \.dockerignore itself/],
    ['prod.dockerfile', 'COPY . /app/', /^Take it out of prod\.dockerfile itself/],
  ] as const)
    it(`has ${file} kept out, which no program reads, where ${copy} brings it along`, async () => {
      if (file !== 'Dockerfile') writeFileSync(join(folder, file), '# made up\n')
      const place = { kind: 'file', path: `app/${file}`, line: 2, layer: { index: 1, createdBy: 'COPY . /app/' } }
      const [left] = (await advice(`FROM a\n${copy}\n`, [['shop/app:1', place]])).left
      assert.match(left?.reason ?? '', /^COPY in line 2 of the Dockerfile brings .* along, which holds it$/)
      assert.match(left?.todo ?? '', todo)
      assert.doesNotMatch(left?.todo ?? '', /docker run|--mount/)
    })

  it('has a file that a program reads mounted', async () => {
    writeFileSync(join(folder, 'settings.json'), '{}')
    const place = { kind: 'file', path: 'app/settings.json', layer: { index: 1, createdBy: 'COPY . /app/' } }
    const [left] = (await advice('FROM a\nCOPY . /app/\n', [['shop/app:1', place]])).left
    assert.match(left?.todo ?? '', /docker run -v "\$PWD\/settings\.json:\/app\/settings\.json:ro"/)
  })

  it('has no notes, and nothing to build anew, where the base image brought all', async () => {
    const given = await advice('FROM corp/base:3\n', [['shop/app:1', env, 'base']])
    assert.deepEqual(given.afterwards, [])
    const text = renderAdvice(given)
    assert.match(text, /comes with the base image corp\/base:3/)
    assert.doesNotMatch(text, /Notes:|Once you have done|docker build|\n\n/)
  })

  it('has only images built anew of which something is not of the base image', async () => {
    const given = await advice('FROM corp/base:3\nENV API_TOKEN=x\n', [
      ['shop/old:1', env, 'base'],
      ['shop/app:1', env],
    ])
    const commands = given.afterwards.flatMap((step) => step.commands)
    assert.ok(commands.includes('docker build -t shop/app:1 .'))
    assert.ok(!commands.some((command) => command.includes('shop/old')))
    assert.match(renderAdvice(given), /\nNotes:\n.*shop\/app:1[^\n]*\n\nOnce you have done that by hand:\n/)
  })
})
