import assert from 'node:assert/strict'
import { gzipSync } from 'node:zlib'
import { loadRuleSet } from '../../../src/detect/rule-set.js'
import type { TargetReport } from '../../../src/scan/types.js'
import { buildArchive, type ImageSpec, tarOf } from '../../fixtures/image-builder.js'
import { inFolder, placeName, placesOf, scanArchive, scanOne, scanOptions, scanPipe, token } from './scan-fixture.js'

const weak = 'Summer' + '24!x'

/** What people see and keep of reports: everything but the order of keys. */
const written = (reports: readonly TargetReport[]) => JSON.stringify(reports)

describe('scanImage: places', () => {
  it('finds a secret in every string of the config, under its key', async () => {
    const t = (name: string) => token(name)
    const report = await scanOne({
      env: [`API=${t('env')}`],
      labels: { 'org.example.key': t('label') },
      cmd: ['serve', `--key=${t('cmd')}`],
      entrypoint: ['/bin/run', t('entrypoint')],
      healthcheck: ['CMD-SHELL', `curl -u a:${t('healthcheck')} http://localhost`],
      onbuild: [`RUN use ${t('onbuild')}`],
      annotations: { note: t('annotation') },
      history: [
        { created_by: `|2 A=${t('classic')} B=x y /bin/sh -c make`, empty_layer: true },
        { created_by: `RUN |1 C=${t('buildkit')} /bin/sh -c make # buildkit`, empty_layer: true },
        {
          created_by: `/bin/sh -c curl -H ${t('history')} x`,
          empty_layer: true,
          comment: t('comment'),
          author: t('author'),
        },
      ],
    })
    assert.deepEqual(placesOf(report.findings), [
      'annotation note',
      'author',
      'build-arg A',
      'build-arg C',
      'cmd',
      'comment',
      'entrypoint',
      'env API',
      'healthcheck',
      'history',
      'label org.example.key',
      'onbuild',
    ])
    assert.ok(report.findings.every(({ exposure }) => exposure === 'metadata'))
  })

  it("reads CMD's words behind ENTRYPOINT's, whose program takes them", async () => {
    const report = await scanOne({ entrypoint: ['shopctl', '--password'], cmd: [weak, 'serve'] })
    assert.deepEqual(placesOf(report.findings), ['cmd password'])
  })

  it('gives the offset in the string that the place means', async () => {
    const report = await scanOne({
      env: [`API_KEY=${token('a')}`],
      cmd: ['sh', '-c', `run ${token('b')}`],
      history: [{ created_by: `|1 ARG1=${token('c')} /bin/sh -c use ${token('d')}`, empty_layer: true }],
    })
    const offsets = new Map(report.findings.map(({ place, span }) => [placeName(place), span]))
    assert.deepEqual(offsets.get('env API_KEY'), { offset: 8, length: 36 })
    assert.deepEqual(offsets.get('cmd'), { offset: 4, length: 36 })
    assert.deepEqual(offsets.get('build-arg ARG1'), { offset: 5, length: 36 })
    assert.deepEqual(offsets.get('history'), { offset: `|1 ARG1=${token('c')} /bin/sh -c use `.length, length: 36 })
  })

  it('finds what only the raw config holds: unknown fields and the first of two equal keys, and nothing twice', async () => {
    const config = `{"architecture":"amd64","os":"linux","x":{"y":"${token('unknown')}"},"config":{"Env":["A=${token('first')}"],"Env":["A=${token('second')}"]},"rootfs":{"type":"layers","diff_ids":[]}}`
    const report = await scanOne(await archiveWithConfig(config))
    assert.deepEqual(placesOf(report.findings), ['annotation x.y', 'env A', 'env A'])
  })

  it('scans names, link targets and attributes, and follows none', async () => {
    const report = await scanOne({
      layers: [{ files: { [`keys/${token('name')}.pem`]: 'x', link: { symlink: `/run/${token('target')}` } } }],
    })
    assert.deepEqual(
      report.findings.map(({ place, span }) => [placeName(place), span.offset]),
      [
        ['file-name keys/****.pem', 5],
        ['link link', 5],
      ],
    )
  })

  it('opens archives within archives', async () => {
    const inner = await tarOf([['deep/config', { bytes: Buffer.from(`a\nkey ${token('deep')}`) }]])
    const outer = await tarOf([['inner.tar.gz', { bytes: gzipSync(inner) }]])
    const report = await scanOne({ layers: [{ files: { 'opt/outer.tar': outer } }] })
    assert.deepEqual(placesOf(report.findings), ['file opt/outer.tar!inner.tar.gz!inner.tar!deep/config'])
    assert.deepEqual(report.findings[0]?.span, { offset: 6, length: 36, line: 2, column: 5, endLine: 2, endColumn: 41 })
  })

  it('scans the bytes behind the place where a large compressed file breaks', async () => {
    const broken = gzipSync('start')
    broken.fill(0, broken.length - 8)
    const filler = Buffer.alloc(3 * 1024 * 1024, 'filler text\n')
    const content = Buffer.concat([broken, filler, Buffer.from(token('behind'))])
    const report = await scanOne({ layers: [{ files: { 'dump.gz': content } }] })
    assert.deepEqual(placesOf(report.findings), ['file dump.gz'])
    assert.ok(report.coverage.some(({ code }) => code === 'CORRUPT_STREAM'))
  })

  it('finds build arguments in an attestation, where it is asked to look', async () => {
    const statement = {
      predicate: { invocation: { parameters: { args: { 'build-arg:NPM_TOKEN': token('provenance') } } } },
    }
    const spec: ImageSpec = { layers: [{ files: { a: 'x' } }], attestations: [statement] }
    const bytes = await buildArchive({ layout: 'oci', images: [spec] })
    const asked = await scanOptions()
    const [report] = await scanArchive(bytes, { sourceOptions: { ...asked.sourceOptions, includeAttestations: true } })
    assert.deepEqual(
      report?.findings.map(({ place, exposure }) => [place.kind, place.key?.endsWith('build-arg:NPM_TOKEN'), exposure]),
      [['provenance', true, 'metadata']],
    )
    const [without] = await scanArchive(bytes)
    assert.deepEqual([without?.findings, without?.coverage.map(({ effect }) => effect)], [[], ['note']])
  })

  it('gives the exact bytes of a name that is no UTF-8', async () => {
    const tar = Buffer.from(await tarOf([['odd-name', { bytes: Buffer.from(token('odd')) }]]))
    tar[3] = 0xff
    tar.write(`${checksum(tar.subarray(0, 512)).toString(8).padStart(6, '0')}\0 `, 148, 'latin1')
    const report = await scanOne({ layers: [{ raw: tar }] })
    assert.deepEqual(report.findings[0]?.place, {
      kind: 'file',
      path: 'odd\ufffdname',
      pathBase64: Buffer.from('odd\xffname', 'latin1').toString('base64'),
    })
  })

  it('says what lies too deep', async () => {
    let bytes: Uint8Array = Buffer.from(token('deep'))
    for (let depth = 0; depth < 6; depth++) bytes = gzipSync(bytes)
    const report = await scanOne({ layers: [{ files: { 'a.gz': bytes } }] })
    assert.ok(report.coverage.some(({ code, effect }) => code === 'LIMIT_ARCHIVE_DEPTH' && effect === 'skipped'))
  })

  it('leaves out files above the limit and says so', async () => {
    const report = await scanOne(
      { layers: [{ files: { big: 'x'.repeat(5000), small: token('s') } }] },
      { maxFileSize: 4096 },
    )
    assert.deepEqual(placesOf(report.findings), ['file small'])
    assert.deepEqual(
      report.coverage.map(({ code, place, bytes }) => [code, place && placeName(place), bytes]),
      [['LIMIT_FILE_SIZE', 'file big', 5000]],
    )
  })

  it('T16 scans both of two entries with one path', async () => {
    const raw = Buffer.concat([
      await tarOf([['a', { bytes: Buffer.from(token('one')) }]]),
      await tarOf([['a', { bytes: Buffer.from('clean') }]]),
    ])
    assert.deepEqual(placesOf((await scanOne({ layers: [{ raw }] })).findings), ['file a'])
  })
})

describe('scanImage: the history', () => {
  it('names the layer that a line made, and masks the lines that made none', async () => {
    const report = await scanOne({
      layers: [{ files: { a: 'x' } }, { files: { b: 'x' } }],
      history: [
        { created_by: 'ADD base.tar /' },
        { created_by: `ARG PASSWORD=${weak}`, empty_layer: true },
        { created_by: `RUN |1 TOKEN=${token('arg')} /bin/sh -c make` },
      ],
    })
    assert.deepEqual(
      report.findings.map(({ place, layer }) => [place.key, layer?.index]),
      [
        ['PASSWORD', undefined],
        ['TOKEN', 1],
      ],
    )
    assert.deepEqual(report.image?.history, [
      { createdBy: 'ADD base.tar /', layer: 0 },
      { createdBy: 'ARG PASSWORD=****' },
      { createdBy: 'RUN |1 TOKEN=**** make', layer: 1 },
    ])
  })

  it('masks a guessable value of a cached layer in the instruction of another image', async () => {
    const layer = { files: { 'app/.env': `password=${weak}\n` } }
    const first: ImageSpec = { layers: [{ ...layer, createdBy: 'COPY . /app' }] }
    const second: ImageSpec = { layers: [{ ...layer, createdBy: `RUN setup ${weak}` }] }
    const text = await inFolder(async (folder) => {
      const plain = await scanOptions()
      const options = { cache: true, cacheFolder: folder, sourceOptions: { ...plain.sourceOptions, hashFirst: true } }
      await scanArchive(first, options)
      return written(await scanArchive(second, options))
    })
    assert.ok(text.includes('RUN setup ****'))
    assert.ok(!text.includes(weak))
  })
})

describe('scanImage: one leak, one finding', () => {
  it('makes the history line that repeats an env value a related place, guessable values too', async () => {
    for (const value of [token('x'), weak]) {
      const report = await scanOne({
        env: [`DB_PASSWORD=${value}`],
        emptyHistory: [`/bin/sh -c #(nop)  ENV DB_PASSWORD=${value}`],
      })
      assert.equal(report.findings.length, 1)
      assert.equal(report.findings[0]?.place.kind, 'env')
      assert.deepEqual(
        report.findings[0]?.related.map(({ role, place }) => [role, place.kind]),
        [['instruction', 'history']],
      )
    }
  })

  it('brings file, env and history together where the value is unguessable', async () => {
    const value = token('y')
    const report = await scanOne({
      layers: [{ files: { 'app/.env': `K=${value}` } }],
      env: [`K=${value}`],
      emptyHistory: [`ENV K=${value}`],
    })
    assert.deepEqual(placesOf(report.findings), ['file app/.env'])
    assert.deepEqual(report.findings[0]?.related.map(({ place }) => place.kind).sort(), ['env', 'history'])
  })

  it('says a build argument that ten RUN lines repeat once', async () => {
    const history = Array.from({ length: 10 }, (_, i) => ({
      created_by: `|1 PASSWORD=${weak} /bin/sh -c step ${i}`,
      empty_layer: true,
    }))
    const report = await scanOne({ history })
    assert.deepEqual(placesOf(report.findings), ['build-arg PASSWORD'])
    assert.ok(report.findings[0]?.related.every(({ role }) => role === 'same-place'))
  })

  it('scans a layer that two images share once', async () => {
    const shared = { files: { 'etc/key': token('shared') } }
    const images: ImageSpec[] = [
      { layers: [shared], tags: ['a:1'] },
      { layers: [shared], env: ['B=2'], tags: ['b:1'] },
    ]
    const reports = await scanArchive(await buildArchive({ layout: 'oci', images }))
    assert.deepEqual(
      reports.map(({ findings, stats }) => [placesOf(findings), stats.files]),
      [
        [['file etc/key'], 1],
        [['file etc/key'], 1],
      ],
    )
  })
})

describe('scanImage: what comes in whatever order, or broken', () => {
  const spec: ImageSpec = {
    env: [`A=${token('env')}`],
    layers: [
      { files: { 'app/.env': `DB_PASSWORD=${weak}\nT=${token('one')}\n` }, createdBy: 'COPY . /app' },
      { delete: ['app/.env'], createdBy: 'RUN rm /app/.env' },
      { files: { 'srv/key': token('two') }, createdBy: 'COPY key /srv' },
    ],
  }

  it('gives the same report whether the manifest comes first or last, by path and by pipe', async () => {
    const reports: string[] = []
    for (const order of ['name', 'manifest-first', 'reverse'] as const) {
      const bytes = await buildArchive({ layout: 'docker-legacy', images: [spec], order })
      reports.push(written(await scanArchive(bytes)))
      const piped = await scanPipe(bytes)
      reports.push(
        written(piped.map((report) => ({ ...report, source: 'archive', input: 'image.tar', reference: 'image.tar' }))),
      )
    }
    assert.equal(new Set(reports).size, 1)
    assert.match(reports[0] ?? '', /deleted/)
  })

  it('gives the same findings from every layout', async () => {
    const fingerprints = []
    for (const layout of ['docker-legacy', 'docker-legacy-symlinks', 'oci', 'hybrid', 'crane'] as const) {
      const [report] = await scanArchive(await buildArchive({ layout, images: [spec] }))
      fingerprints.push(report?.findings.map(({ fingerprint, exposure }) => [fingerprint, exposure]))
    }
    for (const other of fingerprints) assert.deepEqual(other, fingerprints[0])
    assert.equal(fingerprints[0]?.length, 4)
  })

  it('keeps the findings of a pipe that is cut before its manifest', async () => {
    const bytes = await buildArchive({ layout: 'docker-legacy', images: [spec] })
    const manifest = Buffer.from(bytes).indexOf('manifest.json')
    const [ended] = await scanPipe(bytes.subarray(0, manifest))
    assert.deepEqual([ended?.failed?.exitCode, ended?.findings.length], [4, 3])
    const [report] = await scanPipe(bytes.subarray(0, manifest + 100))
    assert.equal(report?.failed, undefined)
    // The config is there too, but nothing says that it is one: scanned as it lies.
    assert.equal(report?.findings.length, 4)
    assert.ok(report?.findings.every(({ exposure, layer }) => exposure === undefined && layer === undefined))
    assert.ok(report?.coverage.some(({ effect }) => effect === 'partial'))
  })

  it('keeps the findings of a layer that is cut or is not what the config claims', async () => {
    const tar = await tarOf([
      ['a', { bytes: Buffer.from(token('a')) }],
      ['b', { bytes: Buffer.alloc(300_000, 'x') }],
    ])
    const cut = await scanOne({ layers: [{ raw: gzipSync(tar, { level: 0 }).subarray(0, 100_000) }] })
    assert.deepEqual(placesOf(cut.findings), ['file a'])
    assert.ok(cut.coverage.some(({ effect }) => effect === 'partial'))
    const other = await scanOne({ layers: [{ raw: gzipSync(tar) }] })
    assert.deepEqual(placesOf(other.findings), ['file a'])
    assert.ok(other.coverage.some(({ code, effect }) => code === 'DIGEST_MISMATCH' && effect === 'partial'))
  })

  it('I07 scans the layers of an image whose config says nothing', async () => {
    for (const config of ['{}', 'null', '{"history":[{"empty_layer":true},{"created_by":"x"},{"created_by":"y"}]}']) {
      const report = await scanOne(
        await archiveWithConfig(config, await tarOf([['a', { bytes: Buffer.from(token('a')) }]])),
      )
      assert.deepEqual(placesOf(report.findings), ['file a'], config)
    }
  })

  it('I08 reads hostile configs in bounded time and finds what is in them', async () => {
    const deep = `{"a":${'['.repeat(50_000)}"${token('deep')}"${']'.repeat(50_000)}}`
    const many = JSON.stringify({
      config: { Env: Array.from({ length: 30_000 }, (_, i) => `V${i}=x`), __proto__: 1 },
    }).replace('V29999=x', `V29999=${token('many')}`)
    assert.equal((await scanOne(await archiveWithConfig(many))).findings.length, 1)
    const refused = await scanOne(
      await archiveWithConfig(deep, await tarOf([['a', { bytes: Buffer.from(token('a')) }]])),
    )
    assert.deepEqual([refused.failed?.exitCode, placesOf(refused.findings)], [4, ['file a']])
  })

  it('reports a missing file as a failed target', async () => {
    const [report] = await inFolder(async () => scanMissing())
    assert.deepEqual([report?.failed?.code, report?.failed?.exitCode, report?.findings], ['NOT_FOUND', 4, []])
  })
})

describe('scanImage: pairs', () => {
  it('names the variable that holds the other part', async () => {
    const id = ['AKIA', 'Q2W5X7YZ3T4RK6LM'].join('')
    const key = ['UXY/SNUlolsChgsZUI4R', 'SunVo61Uxj6eAzx6AEMT'].join('')
    const env = [`AWS_ACCESS_KEY_ID=${id}`, 'AWS_REGION=eu-central-1', `AWS_SECRET_ACCESS_KEY=${key}`]
    const rules = await loadRuleSet({ packs: [], defaults: true, only: ['aws-access-key'], skip: [] })
    const { findings } = await scanOne({ env }, { rules })
    assert.deepEqual(
      findings.map(({ place, related }) => [
        placeName(place),
        related.map((other) => [other.role, placeName(other.place), other.span]),
      ]),
      [['env AWS_ACCESS_KEY_ID', [['part', 'env AWS_SECRET_ACCESS_KEY', { offset: 22, length: 40 }]]]],
    )
  })
})

describe('scanImage: no plain value leaves', () => {
  it('O04 keeps canaries out of everything, weak ones and those in names and instructions too', async () => {
    const strong = token('canary')
    const spec: ImageSpec = {
      env: [`DB_PASSWORD=${weak}`, `T=${strong}`],
      labels: { password: weak, [strong]: 'x' },
      annotations: { [`k-${strong}`]: weak, note: strong },
      emptyHistory: [`ENV DB_PASSWORD=${weak}`],
      layers: [
        {
          files: {
            [`srv/${strong}/file`]: `password=${weak}`,
            [`backup-${weak}.sql`]: `password: ${weak}`,
            'a.gz': gzipSync(strong),
          },
          createdBy: `RUN echo ${weak} ${strong} > /x`,
        },
        { delete: [`srv/${strong}/file`], createdBy: `|1 P=${weak} /bin/sh -c use ${weak}` },
      ],
    }
    const text = JSON.stringify(await scanOne(spec), (_, value) =>
      value instanceof Map || typeof value === 'bigint' ? String(value) : value,
    )
    for (const value of [weak, strong, Buffer.from(weak).toString('base64'), Buffer.from(strong).toString('hex')]) {
      assert.ok(!text.includes(value), `${value} is in the report`)
    }
    assert.ok(text.includes('deleted'), 'a masked path is still known to be deleted')
  })

  it('O09 writes no length and no end of a guessable value', async () => {
    const report = await scanOne({ layers: [{ files: { a: `password=${weak}` } }], env: [`DB_PASSWORD=${weak}`] })
    assert.equal(report.findings.length, 2)
    for (const { secret, span, valueTag } of report.findings) {
      assert.deepEqual(secret, { shown: '****', guessable: true })
      assert.deepEqual(
        [span.length, span.endColumn, span.endLine, valueTag],
        [undefined, undefined, undefined, undefined],
      )
    }
  })

  it('gives the value under --show-secrets', async () => {
    const report = await scanOne({ env: [`DB_PASSWORD=${weak}`] }, { showSecrets: true })
    assert.equal(report.findings[0]?.secret.value, weak)
  })
})

async function scanMissing(): Promise<readonly TargetReport[]> {
  const { scanImage } = await import('../../../src/scan/scan-image.js')
  const { scanContext, scanOptions } = await import('./scan-fixture.js')
  return scanImage('/nowhere/image.tar', await scanOptions(), scanContext())
}

/** Of a tar header: the sum of its bytes, with spaces where the sum itself stands. */
function checksum(header: Uint8Array): number {
  return header.reduce((sum, byte, at) => sum + (at >= 148 && at < 156 ? 0x20 : byte), 0)
}

async function archiveWithConfig(config: string, layer?: Uint8Array): Promise<Uint8Array> {
  const manifest = [{ Config: 'config.json', RepoTags: null, Layers: layer === undefined ? [] : ['l.tar'] }]
  return tarOf([
    ['config.json', { bytes: Buffer.from(config) }],
    ...(layer === undefined ? [] : [['l.tar', { bytes: layer }] as const]),
    ['manifest.json', { bytes: Buffer.from(JSON.stringify(manifest)) }],
  ])
}
