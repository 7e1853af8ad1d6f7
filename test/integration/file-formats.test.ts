// File detectors and key patterns on files that the real programs made. Needs htpasswd, keytool, openssl, gpg, ssh-keygen,
// puttygen, age-keygen and ansible-vault.
import assert from 'node:assert/strict'
import { execFileSync } from 'node:child_process'
import { mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { createTextDetector } from '../../src/detect/detector.js'
import { FILE_DETECTORS } from '../../src/detect/files/index.js'
import { parseRulePack } from '../../src/detect/rule-pack.js'
import { ruleSetOf } from '../../src/detect/rule-set.js'
import type { Match } from '../../src/detect/types.js'
import { packageRoot } from '../../src/support/package-root.js'

let folder: string

/** Runs `program` in the folder; a text of words is split at spaces. */
function run(program: string, words: string | readonly string[]): void {
  const env = { ...process.env, GNUPGHOME: folder }
  execFileSync(program, typeof words === 'string' ? words.split(' ') : words, { cwd: folder, stdio: 'ignore', env })
}

/** What the file detectors find in a file of the folder, as if it lay at `path` in an image. */
function scan(name: string, path = name): readonly Match[] {
  const file = readFileSync(join(folder, name))
  return FILE_DETECTORS.filter((detector) => detector.accepts(path, file.subarray(0, 4096))).flatMap((detector) =>
    detector.scan(file, path),
  )
}

const found = (matches: readonly Match[]): readonly (string | undefined)[][] =>
  matches.map(({ ruleId, severity }) => [ruleId, severity])

function makeKeystore(store: string, type: 'JKS' | 'PKCS12', password: string): void {
  const passwords = `-storepass ${password} -keypass ${password}`
  run('keytool', `-genkeypair -alias a -keyalg EC -dname CN=a -storetype ${type} -keystore ${store} ${passwords}`)
}

/** The ids of a pack's patterns that match in a file of the folder. */
function keysIn(name: string, pack = 'private-keys.yaml'): readonly string[] {
  const rules = parseRulePack(readFileSync(join(packageRoot(), 'patterns', pack), 'utf8'), pack)
  const detector = createTextDetector(ruleSetOf(rules), { maxDecodeDepth: 0 })
  const { matches } = detector.scan({ bytes: readFileSync(join(folder, name)), offset: 0, last: true, path: name })
  const found = matches.filter((match) => match.allowed === undefined)
  // As in a report, what lies within a whole key is none of its own.
  const isPart = (match: Match) => found.some(({ start, end }) => start <= match.start && end > match.end)
  return found.filter((match) => !isPart(match)).map((match) => match.ruleId)
}

describe('file formats of real programs', () => {
  before(() => {
    folder = mkdtempSync(join(tmpdir(), 'formats-'))
  })
  after(() => {
    rmSync(folder, { recursive: true, force: true })
  })

  for (const [option, what] of [
    ['-m', 'MD5 (apr1)'],
    ['-B', 'bcrypt'],
    ['-s', 'SHA-1'],
    ['-d', 'crypt'],
    ['-5', 'SHA-512'],
  ] as const) {
    it(`htpasswd: a ${what} hash`, () => {
      run('htpasswd', `-c -b ${option} users.htpasswd ci maple71x`)
      const [match, ...more] = scan('users.htpasswd', 'etc/nginx/users.htpasswd')
      assert.ok(match)
      assert.deepEqual(more, [])
      const line = readFileSync(join(folder, 'users.htpasswd'), 'utf8').trimEnd()
      assert.equal(`ci:${Buffer.from(match.value).toString()}`, line)
    })
  }

  it('keytool: a JKS keystore opens with "changeit"', () => {
    makeKeystore('open.jks', 'JKS', 'changeit')
    assert.deepEqual(found(scan('open.jks')), [['java-keystore', 'critical']])
  })

  it('keytool: a JKS keystore with a good password is found, but not open', () => {
    makeKeystore('closed.jks', 'JKS', 'Maple-syrup-6172')
    assert.deepEqual(found(scan('closed.jks')), [['java-keystore', undefined]])
  })

  it('keytool: a PKCS #12 keystore opens with "changeit"', () => {
    makeKeystore('open.p12', 'PKCS12', 'changeit')
    assert.deepEqual(found(scan('open.p12')), [['pkcs12-keystore', 'critical']])
  })

  for (const type of ['JKS', 'PKCS12'] as const) {
    it(`keytool: a ${type} trust store holds no secret`, () => {
      const password = '-storepass changeit'
      makeKeystore(`source-${type}.p12`, 'PKCS12', 'changeit')
      run('keytool', `-exportcert -alias a -keystore source-${type}.p12 ${password} -file ${type}.crt`)
      run(
        'keytool',
        `-importcert -noprompt -alias a -file ${type}.crt -storetype ${type} -keystore ${type}.trust ${password}`,
      )
      assert.deepEqual(scan(`${type}.trust`, 'etc/ssl/certs/java/cacerts'), [])
    })
  }

  it('openssl: PKCS #12 with a good password is found, but not open', () => {
    run('openssl', 'req -x509 -newkey ec -pkeyopt ec_paramgen_curve:P-256 -nodes -keyout k.pem -out c.pem -subj /CN=a')
    run('openssl', 'pkcs12 -export -inkey k.pem -in c.pem -out closed.pfx -passout pass:Maple-syrup-6172')
    assert.deepEqual(found(scan('closed.pfx')), [['pkcs12-keystore', undefined]])
  })

  it('openssl: a DER key is a private key, a DER certificate is none', () => {
    run('openssl', 'pkcs8 -topk8 -nocrypt -in k.pem -outform DER -out k.der')
    run('openssl', 'x509 -in c.pem -outform DER -out c.der')
    assert.deepEqual(found(scan('k.der')), [['der-private-key', undefined]])
    assert.deepEqual(scan('c.der'), [])
  })

  it('gpg: exported secret keys and the agent files are private keys, exported public keys are none', () => {
    const quiet = '--batch --pinentry-mode loopback --passphrase x'
    run('gpg', `${quiet} --quick-gen-key ci@acme.example ed25519 sign 0`)
    run('gpg', `${quiet} --output secret.gpg --export-secret-keys`)
    run('gpg', '--batch --output public.gpg --export')
    assert.deepEqual(found(scan('secret.gpg')), [['gnupg-private-key', undefined]])
    assert.deepEqual(scan('public.gpg'), [])
    const [key] = readdirSync(join(folder, 'private-keys-v1.d'))
    assert.ok(key)
    assert.deepEqual(found(scan(join('private-keys-v1.d', key))), [['gnupg-private-key', 'medium']])
  })

  for (const type of ['rsa', 'ecdsa', 'ed25519']) {
    it(`ssh-keygen: an ${type} key, open and under a passphrase`, () => {
      run('ssh-keygen', ['-q', '-t', type, '-N', '', '-f', `open-${type}`])
      run('ssh-keygen', ['-q', '-t', type, '-N', 'maple syrup', '-f', `closed-${type}`])
      assert.deepEqual(keysIn(`open-${type}`), ['openssh-private-key'])
      assert.deepEqual(keysIn(`closed-${type}`), ['encrypted-openssh-private-key'])
      assert.deepEqual(keysIn(`open-${type}.pub`), [])
    })
  }

  for (const [type, rule] of [
    ['rsa', 'rsa-private-key'],
    ['ecdsa', 'ec-private-key'],
  ] as const) {
    it(`ssh-keygen: an ${type} key in PEM form, open and under a passphrase`, () => {
      run('ssh-keygen', ['-q', '-m', 'PEM', '-t', type, '-N', '', '-f', `open-pem-${type}`])
      run('ssh-keygen', ['-q', '-m', 'PEM', '-t', type, '-N', 'maple syrup', '-f', `closed-pem-${type}`])
      assert.deepEqual(keysIn(`open-pem-${type}`), [rule])
      assert.deepEqual(keysIn(`closed-pem-${type}`), ['encrypted-pem-private-key'])
    })
  }

  it('puttygen: a key, open and under a passphrase', () => {
    writeFileSync(join(folder, 'none.txt'), '')
    writeFileSync(join(folder, 'passphrase.txt'), 'maple syrup')
    run('puttygen', '-q -t ed25519 --new-passphrase none.txt -o open.ppk')
    run('puttygen', '-q -t ed25519 --new-passphrase passphrase.txt -o closed.ppk')
    assert.deepEqual(keysIn('open.ppk'), ['putty-private-key'])
    assert.deepEqual(keysIn('closed.ppk'), ['encrypted-putty-private-key'])
  })

  it('ansible-vault: an encrypted file, an encrypted string, and the file with the password', () => {
    writeFileSync(join(folder, '.vault_pass'), 'maple-syrup-61\n')
    writeFileSync(join(folder, 'vars.yml'), `db_password: ${'heron'}Pebble71\n`)
    run('ansible-vault', 'encrypt --vault-password-file .vault_pass --output closed.yml vars.yml')
    run('ansible-vault', [
      'encrypt_string',
      ...['--vault-id', 'prod@.vault_pass', '--encrypt-vault-id', 'prod'],
      ...['--output', 'string.yml', '--name', 'db_password', 'heron'],
    ])
    assert.match(
      readFileSync(join(folder, 'string.yml'), 'utf8'),
      /^db_password: !vault \|\n\s+\$ANSIBLE_VAULT;1\.2;AES256;prod\n/,
    )
    for (const name of ['closed.yml', 'string.yml'])
      assert.deepEqual(keysIn(name, 'infrastructure.yaml'), ['ansible-vault-text'])
    assert.deepEqual(found(scan('.vault_pass')), [['vault-password-file', undefined]])
  })

  it('age-keygen: an identity', () => {
    run('age-keygen', '-o identity.txt')
    assert.deepEqual(keysIn('identity.txt'), ['age-secret-key'])
  })

  it('openssl: PKCS #8 keys, open and under a passphrase', () => {
    run('openssl', 'genpkey -algorithm ed25519 -out open.pem')
    run('openssl', 'pkcs8 -topk8 -in open.pem -out closed.pem -passout pass:maple')
    assert.deepEqual(keysIn('open.pem'), ['pkcs8-private-key'])
    assert.deepEqual(keysIn('closed.pem'), ['encrypted-private-key'])
  })

  it('gpg: an armored secret key', () => {
    run('gpg', '--batch --pinentry-mode loopback --passphrase x --armor --output secret.asc --export-secret-keys')
    assert.deepEqual(keysIn('secret.asc'), ['pgp-private-key'])
  })
})
