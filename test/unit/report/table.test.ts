import assert from 'node:assert/strict'
import { tableText } from '../../../src/report/table.js'
import type { ReportOptions, ScanReport } from '../../../src/report/types.js'
import { durationText, sizeText } from '../../../src/report/wording.js'
import type { Finding, Related, TargetReport } from '../../../src/scan/types.js'
import { digestOf, finding, fullReport, guessableInEnv, report, target } from './sample-report.js'

const plain: ReportOptions = { color: false, quiet: false, showSuppressed: false }

describe('the table', () => {
  it('names target, platform, image and source, and what was read', () => {
    const [first, second] = tableText(report([target()]), plain).split('\n')
    assert.equal(first, '✔ myapp:latest  linux/amd64  sha256:cccc…cccc  from the Docker Engine')
    assert.equal(second, '  3 layers, 412 MB, 31,204 files scanned in 1.9 s (1 layer from the cache)')
  })

  it('names no time of a scan where what was found came out of a store', () => {
    const [, second] = tableText({ ...report([target()]), fromStore: { images: 1 } }, plain).split('\n')
    assert.equal(second, '  3 layers, 412 MB, 31,204 files scanned (1 layer from the cache)')
  })

  it('counts a leak once for all images of a store, and shows the ID that sweep ack takes', () => {
    const [one, other] = [finding({ severity: 'low' }), finding({ fingerprint: 'v1:bcdefghijklmnopqrstuvwxyz2' })]
    const targets = [
      target({ findings: [one] }),
      target({ findings: [finding()] }),
      target({ findings: [finding(), other] }),
    ]
    const text = tableText({ ...report(targets), fromStore: { images: 3 } }, plain)
    assert.match(text, /\n2 findings in 3 images: 2 critical\n/)
    assert.match(text, /\n +ID bcdefghijk\n/)
    assert.match(text, /\nTo accept one: secretscan sweep ack [a-z0-9]{10} --reason '…'\n$/)
    assert.doesNotMatch(tableText(report(targets), plain), /\bID /)
  })

  it('does not call an empty store clean', () => {
    const text = tableText({ ...report([]), fromStore: { images: 0 } }, plain)
    assert.match(text, /^Nothing was scanned: the store holds no image\n/)
    assert.match(tableText({ ...report([]), fromStore: { images: 2 } }, plain), /^No secrets found\n/)
  })

  it('groups findings by layer and instruction, worst first, and ends with totals and advice', () => {
    const low = finding({ severity: 'low', layer: { index: 0, blobId: 'blobs/0', createdBy: 'ADD rootfs.tar /' } })
    const text = tableText(report([target({ findings: [low, guessableInEnv, finding()] })]), plain)
    const heads = text.split('\n').filter((line) => /^ (layer|config|history) /.test(line))
    assert.deepEqual(
      heads.map((line) => line.replace(/ {2,}/g, '  ')),
      [' layer 2/3  COPY . /app  1 finding', ' config  ENV  1 finding', ' layer 1/3  ADD rootfs.tar /  1 finding'],
    )
    assert.ok(heads.every((line) => line.length === 80))
    assert.match(text, /CRITICAL {2}Example token \(well-formed\) {2}app\/\.env:3:13 {2}exa_\*{4}wXyZ/)
    assert.match(text, /\n3 findings: 1 critical, 1 high, 1 low\nNext: .*secretscan rules show example-token\), then\n/)
  })

  it('gives the command that shows a rule the files of own rules, as a shell has to be told', () => {
    const text = tableText(report([target({ findings: [finding()] })]), {
      ...plain,
      rules: ['a.yaml', 'my rules.toml'],
    })
    assert.ok(text.includes("(secretscan rules show example-token --rules a.yaml --rules 'my rules.toml')"), text)
  })

  it('says behind an image what takes its values out, by where the command runs and what it has written', () => {
    const image = target({ findings: [finding()] })
    const ending = (options: Partial<ReportOptions>, parts: Partial<ScanReport> = {}) =>
      tableText({ ...report([image]), ...parts }, { ...plain, ...options })
    const built = { builtHere: new Set([image]) }
    const move = /\nNext: .*\(secretscan rules show example-token\), then\n/
    assert.match(ending({}), move)
    assert.match(
      ending({}),
      /\n +secretscan migrate plan --from-report report\.json\n[\s\S]*--report json=report\.json to this scan\)\n$/,
    )
    assert.match(ending({ jsonFile: 'r.json' }), /\n +secretscan migrate plan --from-report r\.json\n.*\n$/)
    assert.match(ending(built), /\n +secretscan migrate --images +to move what your Compose project needs\n$/)
    const stored = ending({}, { fromStore: { images: 1 } })
    assert.match(
      stored,
      /--from-report report\.json\n[\s\S]*sweep findings --image NAME --format json --output report\.json\)\nTo accept/,
    )
    const ofFolder = tableText(report([target({ kind: 'dir', findings: [finding()] })]), plain)
    assert.doesNotMatch(ofFolder, /migrate/)
    const project = target({ kind: 'compose', findings: [finding()] })
    const foreign = target({ reference: 'postgres:16', findings: [finding()] })
    assert.match(ending(built, report([project, image])), /\n +secretscan migrate --images +to move/)
    assert.match(ending(built, report([project, foreign])), /\n +secretscan migrate +to move/)
    assert.match(ending(built, report([foreign])), /\n +secretscan migrate plan --from-report/)
    assert.match(
      ending({}, report([target({ kind: 'compose', findings: [finding()] })])),
      /\n +secretscan migrate +to move/,
    )
  })

  it('gives the command that takes values out all that found the project, as a shell has to be told', () => {
    const ofProject = report([target({ kind: 'compose', findings: [finding()] })])
    const commandOf = (project: ReportOptions['project'], columns?: number) => {
      const options = { ...plain, ...(project && { project }), ...(columns !== undefined && { columns }) }
      return /^ +(secretscan migrate.*?)(?: {2,}.*)?$/m.exec(tableText(ofProject, options))?.[1]
    }
    const nothing = { files: [], envFiles: [], profiles: [] }
    for (const [project, command] of [
      [nothing, 'secretscan migrate'],
      [{ ...nothing, files: ['a.yaml', 'b.yaml'] }, 'secretscan migrate -f a.yaml -f b.yaml'],
      [{ ...nothing, envFiles: ['prod.env'] }, 'secretscan migrate --env-file prod.env'],
      [{ ...nothing, profiles: ['dev', "it's"] }, "secretscan migrate --profile dev --profile 'it'\\''s'"],
      [
        { files: ['my stack.yaml'], envFiles: ['$X'], profiles: [] },
        "secretscan migrate -f 'my stack.yaml' --env-file '$X'",
      ],
    ] as const)
      assert.equal(commandOf(project), command)
    const long = { ...nothing, files: Array.from({ length: 9 }, (_, index) => `deploy/${index}/compose.yaml`) }
    assert.equal(commandOf(long, 60), `secretscan migrate ${long.files.map((file) => `-f ${file}`).join(' ')}`)
    const ofImage = report([target({ findings: [finding()] })])
    assert.match(
      tableText(ofImage, { ...plain, jsonFile: 'my report.json' }),
      /\n +secretscan migrate plan --from-report 'my report\.json'\n/,
    )
  })

  it('says once that a value is there again, however many lines of the history have it under that name', () => {
    const again = (index: number): Related => ({
      role: 'same-place',
      place: { kind: 'build-arg', key: 'NPM_TOKEN', index },
      span: { offset: 6, length: 40 },
    })
    const other: Related = { ...again(3), place: { kind: 'build-arg', key: 'TOKEN', index: 3 } }
    const text = tableText(report([target({ findings: [finding({ related: [again(1), again(2), other] })] })]), plain)
    assert.equal(text.split('there again in build argument NPM_TOKEN\n').length, 2, text)
    assert.match(text, /there again in build argument TOKEN\n/)
  })

  it('heads what stands in the history with its line, and says so where a layer is of no known image', () => {
    const line = 'ARG TOKEN=****'
    const inHistory = finding({ place: { kind: 'build-arg', key: 'TOKEN', index: 0 }, span: { offset: 6 } })
    const { layer: _, ...loose } = finding()
    const { image } = target()
    assert.ok(image !== undefined)
    const known = target({ image: { ...image, history: [{ createdBy: line }] }, findings: [inHistory, loose] })
    const text = tableText(report([known]), plain)
    assert.match(text, /\n history {2}ARG TOKEN=\*{4} +1 finding\n/)
    assert.match(text, /\n layer {2}of no known image +1 finding\n/)
  })

  it('says that a deleted file is still in the image, and where else a value stands', () => {
    const text = tableText(fullReport(), plain)
    assert.match(text, /deleted in layer 3, still in the image for everyone who pulls it/)
    assert.match(text, /the other part in app\/\.env:1:2 \(layer 2\)/)
    assert.match(text, /seen through base64/)
  })

  it('lists what was not scanned even when quiet', () => {
    const text = tableText(fullReport(), { ...plain, quiet: true })
    assert.match(text, /⚠ not scanned: 2 parts/)
    assert.match(text, /LIMIT_FILE_SIZE\n +var\/big\.bin: Larger than --max-file-size/)
    assert.doesNotMatch(text, /ATTESTATION_SKIPPED|Next:/)
  })

  it('says which target failed and why', () => {
    assert.match(tableText(fullReport(), plain), /✖ gone:1 {2}failed\n {2}There is no image gone:1 \[NOT_FOUND\]/)
  })

  it('counts suppressed and filtered findings in the totals line', () => {
    assert.match(
      tableText(fullReport(), plain),
      /\n4 findings: .*; 1 target failed {3}\(3 more suppressed; --show-suppressed; 3 left out by --min-confidence; --min-confidence low shows them\)\n/,
    )
  })

  it('calls suppressed findings "more" only beside others', () => {
    const suppressed = { ...fullReport().suppressed, inline: 5 }
    const none = tableText(
      { ...report([target()]), suppressed: { ...suppressed, baseline: 0, 'ignore-file': 0 } },
      plain,
    )
    assert.match(none, /\nNo secrets found {3}\(\d+ suppressed; --show-suppressed\)\n/)
  })

  it('says of files that a migration wrote that values belong there, and calls nothing in them a thing to revoke', () => {
    const [own, other] = ['secrets/db_password', 'app/.env'].map((path) =>
      finding({ place: { kind: 'file', path }, ruleId: `rule-of-${path.slice(0, 3)}` }),
    )
    assert.ok(own !== undefined && other !== undefined)
    const folder = { kind: 'dir', migrated: new Set(['secrets/db_password']) } as const
    const alone = tableText(report([target({ ...folder, findings: [own] })]), plain)
    assert.match(alone, /a migration put it here, where it belongs/)
    assert.doesNotMatch(alone, /revoke/)
    const both = tableText(report([target({ ...folder, findings: [own, { ...other, severity: 'low' }] })]), plain)
    assert.match(both, /\nNext: .*rules show rule-of-app\)\n$/)
  })

  it('breaks no word on a terminal: what is wider than it goes on in the next line', () => {
    const [path, key] = ['deploy/production/docker-compose.override.yaml', 'DOCKER_INFLUXDB_INIT_ADMIN_PASSWORD']
    const long = finding({ place: { kind: 'env-file', path, key }, exposure: 'overwritten' })
    const text = tableText(report([target({ kind: 'compose', findings: [long] })]), { ...plain, columns: 80 })
    assert.deepEqual(
      text.split('\n').filter((line) => line.length > 80),
      [],
    )
    assert.match(text, new RegExp(`\\n {13}${path}:3:13\\n {15}${key} {2}exa_`))
    assert.match(text, /\n {13}overwritten in [^\n]*everyone who\n {15}pulls it\n/)
    assert.match(tableText(report([target({ kind: 'compose', findings: [long] })]), plain), /everyone who pulls it\n/)
  })

  it('says so where nothing was found', () => {
    assert.match(tableText(report([target()]), plain), /\nNo secrets found\n$/)
  })

  it('never says that nothing was found where something failed or was not scanned', () => {
    const failed = target({ failed: { code: 'NOT_FOUND', message: 'There is no image gone:1.', exitCode: 4 } })
    const cut = target({ coverage: [{ code: 'TAR_PARTIAL', effect: 'partial', detail: 'Cut off' }] })
    const totals = (...targets: TargetReport[]) =>
      tableText(report(targets), { ...plain, quiet: true })
        .trimEnd()
        .split('\n')
        .at(-1)
    assert.equal(totals(failed), 'Nothing was scanned: 1 target failed')
    assert.equal(totals(failed, failed), 'Nothing was scanned: 2 targets failed')
    assert.equal(totals(target(), failed), 'No secrets found in what could be scanned; 1 target failed')
    assert.equal(totals(cut), 'No secrets found in what could be scanned; 1 part not scanned')
    assert.equal(totals(target({ findings: [finding()] }), failed), '1 finding: 1 critical; 1 target failed')
  })

  it('has a tick only where nothing was found and nothing was missed', () => {
    const sign = (changes: Partial<TargetReport>) => tableText(report([target(changes)]), plain)[0]
    const suppressed = finding({ suppressed: { by: 'baseline' } })
    assert.equal(sign({ findings: [suppressed] }), '✔')
    assert.equal(sign({ findings: [suppressed, finding()] }), '●')
    assert.equal(sign({ coverage: [{ code: 'TAR_PARTIAL', effect: 'partial', detail: 'Cut off' }] }), '⚠')
  })

  it('names the variable beside the position in a file', () => {
    const place = { kind: 'file', path: 'app/.env', key: 'DB_PASSWORD' } as const
    assert.match(
      tableText(report([target({ findings: [finding({ place })] })]), plain),
      /app\/\.env:3:13 {2}DB_PASSWORD {2}exa_/,
    )
  })

  it('breaks sentences at spaces for a terminal, and not for a pipe', () => {
    const detail = 'many words that say at some length why this part of the image was not scanned'
    const missed = report([target({ coverage: [{ code: 'X', effect: 'partial', detail }] })])
    const lines = tableText(missed, { ...plain, columns: 50 }).split('\n')
    assert.ok(
      lines.slice(3).every((line) => line.length <= 50),
      lines.join('\n'),
    )
    assert.ok(lines.join(' ').replace(/ +/g, ' ').includes(detail))
    assert.ok(tableText(missed, plain).includes(detail))
  })

  it('makes control characters visible, everywhere', () => {
    const evil = '\u001b[2J\u202e\n'
    const hostile = target({
      reference: evil,
      findings: [finding({ place: { kind: 'file', path: evil }, layer: { index: 0, blobId: 'x', createdBy: evil } })],
      coverage: [{ code: 'X', effect: 'partial', detail: evil, place: { kind: 'file', path: evil } }],
    })
    const text = tableText(report([hostile]), plain)
    assert.doesNotMatch(text, /[\u0000-\u0009\u000b-\u001f\u007f-\u009f\u202e]/)
    assert.match(text, /\\x1b\[2J\\u202e\\x0a/)
  })

  it('uses colour only where asked to, and never as the only sign', () => {
    const escapeCodes = /\u001b\[[0-9;]*m/g
    const colored = tableText(fullReport(), { ...plain, color: true })
    assert.match(colored, escapeCodes)
    assert.equal(colored.replace(escapeCodes, ''), tableText(fullReport(), plain))
  })

  it('cuts no place off, however narrow the terminal', () => {
    const path = `${'deep/'.repeat(30)}.env`
    const place = { kind: 'file', path } as const
    const coverage = [{ code: 'TAR_PARTIAL', effect: 'partial', detail: 'Cut off', place }] as const
    const shown = report([target({ findings: [finding({ place })], coverage })])
    const lines = tableText(shown, { ...plain, columns: 40 }).split('\n')
    const ofPath = lines.filter((line) => line.includes('deep/'))
    assert.ok(
      ofPath.every((line) => line.length <= 60 && /\/$|\.env:/.test(line)),
      'broken behind a slash',
    )
    const joined = lines.map((line) => line.trim()).join('')
    assert.ok(joined.includes(`${path}:3:13`) && joined.includes(`${path}: Cut off`))
    assert.ok(tableText(shown, plain).includes(`${path}:3:13`), 'whole where the output is no terminal')
  })

  it('writes sizes and times as people do', () => {
    assert.deepEqual([0, 999, 1000, 412_300_000, 1_230_000_000].map(sizeText), [
      '0 B',
      '999 B',
      '1 kB',
      '412 MB',
      '1.23 GB',
    ])
    assert.deepEqual([85, 1900, 125_000].map(durationText), ['85 ms', '1.9 s', '2 min 5 s'])
  })

  it('tells what images share once, and what each holds by itself for each', () => {
    const shared = finding()
    const own = finding({ layer: { index: 2, blobId: 'blobs/9', diffId: digestOf('9'), createdBy: 'COPY own /' } })
    const alike = { ...own, layer: { index: 2, blobId: 'blobs/8', diffId: digestOf('8'), createdBy: 'COPY own /' } }
    const weak = (mac: string, reference: string, findings: Finding[]) =>
      target({ reference, findings, entryMacs: new Map([[guessableInEnv.fingerprint, mac]]) })
    const text = tableText(
      report([
        weak('m1', 'team/a:1', [shared, own, guessableInEnv]),
        weak('m1', 'team/b:1', [{ ...shared }, alike, { ...guessableInEnv }]),
        weak('m2', 'team/c:1', [{ ...shared }, { ...guessableInEnv }]),
      ]),
      plain,
    )
    const [a = '', b = '', c = ''] = text.split(/^● /m).slice(1)
    assert.equal(a.match(/app\/\.env:3:13/g)?.length, 2)
    assert.equal(b.match(/app\/\.env:3:13/g)?.length, 1)
    assert.doesNotMatch(b, /config {2}ENV/)
    assert.match(b, /^ 2 findings in what it shares with team\/a:1: they are told there$/m)
    assert.match(c, /config {2}ENV/)
    assert.match(c, /^ 1 finding in what it shares with team\/a:1: it is told there$/m)
    assert.match(text, /^8 findings \(5 without what images share\): /m)
  })

  it('tells a clean image in one line where there are many, with its other names', () => {
    const names = ['a:1', 'b:1', 'c:1', 'd:1', 'e:1', 'f:1', 'g:1']
    const many = names.map((reference) => target({ reference }))
    const text = tableText(report([...many, target({ reference: 'a:1', names })]), plain)
    assert.match(text, /^✔ a:1 .*\n✔ b:1 /)
    assert.match(text, /^ {2}also b:1, c:1, d:1, e:1, f:1 and 1 more name$/m)
    assert.match(text, /\n\nNo secrets found\n$/)
  })
})
