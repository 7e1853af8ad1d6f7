// The built-in rules, detectors of files included, on what is no secret.
import assert from 'node:assert/strict'
import { createHash } from 'node:crypto'
import { readMarks } from '../../../src/detect/marks.js'
import { builtInRules } from './built-in.js'
import { COUNTEREXAMPLES } from './counterexamples.js'
import { OF_PACKAGES } from './counterexamples-of-packages.js'
import { plainValue, reported } from './reported.js'

/** What a user sees by default of a file with this text. */
const findings = (text: string, path: string): string[] =>
  reported(`${text}\n`, path).map((match) => `${match.ruleId}: ${plainValue(match)}`)

for (const [path, lines] of [...Object.entries(COUNTEREXAMPLES), ...Object.entries(OF_PACKAGES)]) {
  describe(`what is no secret in ${path}`, () => {
    for (const line of lines)
      it(`leaves ${line.replaceAll('\n', '⏎')}`, () => {
        assert.deepEqual(findings(readMarks(line).text, path), [])
      })
  })
}

const digest = (name: string, algorithm: 'md5' | 'sha1' | 'sha256' | 'sha512', encoding: 'hex' | 'base64' = 'hex') =>
  createHash(algorithm).update(name).digest(encoding)

function uuid(name: string): string {
  return digest(name, 'md5').replace(/^(.{8})(.{4}).(.{3}).(.{3})(.{12}).*/, '$1-$2-4$3-a$4-$5')
}

/** Random characters that stand behind the name of a service and are no key of it. */
const PUBLIC_VALUES: Readonly<Record<string, (name: string) => string>> = {
  'yarn.lock': (name) =>
    `${name}@^1.0.0:\n  resolved "https://registry.yarnpkg.com/${name}/-/${name}-1.2.0.tgz#${digest(name, 'sha1')}"\n  integrity sha512-${digest(name, 'sha512', 'base64')}`,
  'go.sum': (name) => `github.com/${name}/sdk v1.2.3 h1:${digest(name, 'sha256', 'base64')}`,
  'requirements.txt': (name) => `${name}==1.2.3 --hash=sha256:${digest(name, 'sha256')}`,
  'compose.yaml': (name) => `    image: ${name}/agent@sha256:${digest(name, 'sha256')}`,
  '.github/workflows/ci.yml': (name) => `      - uses: ${name}/action@${digest(name, 'sha1')}`,
  'docs/index.html': (name) => `<img src="/static/${name}.svg?v=${digest(name, 'md5')}">`,
  'app/settings.yml': (name) => `${name}_project_id: ${uuid(name)}`,
  'app/settings.json': (name) => `{"${name}": {"id": "${uuid(name)}"}}`,
  'app/build.json': (name) => `{"${name}Checksum": "${digest(name, 'md5')}"}`,
  'build.sh': (name) => `git clone https://github.com/${name}/cli && git checkout ${digest(name, 'sha1')}`,
  'var/lib/dpkg/info/a.md5sums': (name) => `usr/share/doc/${name}/copyright: ${digest(name, 'md5')}`,
  'var/lib/dpkg/info/b.md5sums': (name) =>
    `${digest('a', 'md5')}  usr/lib/${name}/client.py\n${digest(name, 'md5')}  usr/lib/${name}/token.py`,
  'vendor.conf': (name) => `github.com/acme/${name}_platform ${digest(name, 'sha1')}`,
  'main.tf': (name) => `source = "git::https://github.com/${name}/module.git?ref=${digest(name, 'sha1')}"`,
  Dockerfile: (name) =>
    `ENV ${name.toUpperCase()}_COMMIT=${digest(name, 'sha1')} ${name.toUpperCase()}_SHA256=${digest(name, 'sha256')}`,
  'app.py': (name) => `${name}_trace_id = "${digest(name, 'md5')}"`,
  'app.log': (name) => `2024-05-01 ${name} request_id=${uuid(name)} took 12ms`,
}

/** One name of each service in the table, but for those that say "secret" or "token" themselves. */
const services = builtInRules()
  .rules.filter(({ kind, generated }) => kind === 'service' && generated === true)
  .flatMap(({ keywords }) => keywords.slice(0, 1))
  .filter((name) => /^[a-z0-9]+$/.test(name) && !/secret|token|passw|key/.test(name))

describe('behind the name of a service', () => {
  for (const [path, write] of Object.entries(PUBLIC_VALUES))
    it(`leaves what everybody may see in ${path}`, () => {
      assert.ok(services.length > 300)
      const found = services.flatMap((name) => findings(write(name), path).map((what) => `${name}: ${what}`))
      assert.deepEqual(found, [])
    })
})
