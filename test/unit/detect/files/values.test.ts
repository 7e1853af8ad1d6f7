// What file detectors take out of a file: the decoded value, its place, and how bad it is.
import assert from 'node:assert/strict'
import { createCipheriv, pbkdf2Sync } from 'node:crypto'
import { FILE_DETECTORS } from '../../../../src/detect/files/index.js'
import type { Match } from '../../../../src/detect/types.js'

function scan(path: string, file: Uint8Array | string): readonly Match[] {
  const bytes = typeof file === 'string' ? Buffer.from(file) : file
  return FILE_DETECTORS.filter((detector) => detector.accepts(path, bytes.subarray(0, 4096))).flatMap((detector) =>
    detector.scan(bytes, path),
  )
}

const base64 = (text: string): string => Buffer.from(text).toString('base64')
const values = (matches: readonly Match[]): readonly string[] =>
  matches.map((match) => Buffer.from(match.value).toString())

describe('values in files', () => {
  const decoded: readonly [what: string, path: string, text: string, value: string, from: readonly string[]][] = [
    [
      'docker auth',
      '.docker/config.json',
      `{"auths":{"r":{"auth":"${base64('ci:maple:71')}"}}}`,
      'maple:71',
      ['base64'],
    ],
    ['npm _password', '.npmrc', `//r/:_password=${base64('maple-71')}`, 'maple-71', ['base64']],
    ['escaped pgpass', '.pgpass', 'db:5432:a:b:ma\\:ple\\\\71', 'ma:ple\\71', ['backslash']],
    ['percent-encoded git URL', '.git-credentials', 'https://ci:ma%40ple@git.acme.net', 'ma@ple', ['percent']],
    ['git URL that nobody encoded', '.git-credentials', 'https://a@acme.net:ma#@ple@git.acme.net', 'ma#@ple', []],
    [
      'DBeaver data source',
      'db/data-sources.xml',
      '<connection url="jdbc:x" user="u" password="maple-71"/>',
      'maple-71',
      [],
    ],
    [
      'PHP constants in columns',
      'wp-config.php',
      "define('AUTH_KEY',         'maple-71-heron');",
      'maple-71-heron',
      [],
    ],
    ['JSON escapes', '.vscode/sftp.json', '{"password":"ma\\"ple\\u0037"}', 'ma"ple7', []],
    ['XML entities', 'tomcat-users.xml', '<user username="a" password="ma&amp;ple"/>', 'ma&ple', ['xml']],
    ['PHP escapes', 'wp-config.php', "<?php define('DB_PASSWORD', 'ma\\'ple');", "ma'ple", ['backslash']],
    ['netrc over lines', '.netrc', 'machine a\nlogin b\npassword #maple\n', '#maple', []],
    ['quoted netrc word', '.netrc', 'machine a login b password "ma ple"', 'ma ple', []],
  ]
  for (const [what, path, text, value, from] of decoded) {
    it(`${what}: gives the plain value`, () => {
      const matches = scan(path, text)
      assert.deepEqual(values(matches), [value])
      assert.deepEqual(matches[0]?.decodedFrom, from)
    })
  }

  it('a default password is a low finding, a reference is none', () => {
    assert.deepEqual(
      scan('.my.cnf', '[client]\npassword=changeme').map((match) => match.severity),
      ['low'],
    )
    for (const reference of [
      '$' + '{DB_PASSWORD}',
      '{{ password }}',
      '<password>',
      '%(ENV_X)s',
      '********',
      'your-db-password',
      'REPLACE_ME',
      'none',
    ])
      assert.deepEqual(scan('.my.cnf', `[client]\npassword=${reference}`), [], reference)
  })

  it('offsets are bytes, also behind characters of several bytes', () => {
    const text = '# äöü €\n[client]\npassword=maple71'
    const [match] = scan('.my.cnf', text)
    assert.ok(match)
    assert.equal(Buffer.from(text).subarray(match.start, match.end).toString(), 'maple71')
  })

  it('a locked or disabled shadow account is told from one that can log in', () => {
    const hash = `$6$${'Kx8pQ2mW'}$${'3vTq8Yw5Zs2Hd7Rf6Lk9Qx'}`
    const text = `root:${hash}:1::::::\nold:!${hash}:1::::::\nbin:*:1::::::\nnew:!!:1::::::\n`
    assert.deepEqual(
      scan('etc/shadow', text).map((match) => [match.key, match.ruleId]),
      [
        ['root', 'shadow-password-hash'],
        ['old', 'shadow-locked-password-hash'],
      ],
    )
  })

  it('of lines that name users and passwords in turn each second one is a password', () => {
    assert.deepEqual(values(scan('etc/vsftpd/virtual_users.txt', 'anna\nmaple-71\nberta\nheron-72\n')), [
      'maple-71',
      'heron-72',
    ])
  })

  it('each user of a line of 3proxy has a password', () => {
    assert.deepEqual(values(scan('etc/3proxy.cfg', 'users anna:CL:maple-71 berta:CL:heron-72\n')), [
      'maple-71',
      'heron-72',
    ])
  })

  it('passwd with "x" for every hash gives nothing', () => {
    assert.deepEqual(scan('etc/passwd', 'root:x:0:0:root:/root:/bin/bash\nbin:*:1:1::/:/sbin/nologin\n'), [])
  })

  it('a VNC password file is one of eight bytes each, nothing else', () => {
    assert.deepEqual(
      scan('root/.vnc/passwd', Buffer.from('17526b06234e5807', 'hex')).map((match) => match.ruleId),
      ['vnc-password'],
    )
    assert.deepEqual(scan('root/.vnc/passwd', Buffer.from('not a password file')), [])
  })

  it('a Chrome profile counts only with a login in it', () => {
    const empty = 'SQLite format 3\0 CREATE TABLE logins (origin_url VARCHAR, password_value BLOB)'
    const login = Buffer.concat([
      Buffer.from(`${empty} https://acme.example/login`),
      Buffer.from('0076313083f1a9', 'hex'),
    ])
    assert.deepEqual(scan('Default/Login Data', empty), [])
    assert.deepEqual(
      scan('Default/Login Data', login).map((match) => match.ruleId),
      ['chrome-saved-logins'],
    )
  })

  it('a GnuPG key without a passphrase is worse than one with', () => {
    const path = 'root/.gnupg/private-keys-v1.d/AB12.key'
    const severities = (text: string) => scan(path, text).map((match) => match.severity)
    assert.deepEqual(severities('(11:private-key(3:ecc(5:curve7:Ed25519)))'), [undefined])
    assert.deepEqual(severities('Created: 20240101T000000\nKey: (protected-private-key (ecc))'), ['medium'])
  })

  it('a JSON file that ends in the middle still gives what stands before', () => {
    assert.deepEqual(values(scan('.docker/config.json', `{"auths":{"r":{"auth":"${base64('ci:maple71')}"},"s":{"au`)), [
      'maple71',
    ])
  })

  it('text behind a deeply nested JSON does not hang or throw', () => {
    assert.deepEqual(scan('.docker/config.json', '{"a":'.repeat(100_000)), [])
  })

  it('rclone: an obscured password is revealed', () => {
    const key = Buffer.from('9c935b48730a554d6bfd7c63c886a92bd390198eb8128afbf4de162b8b95f638', 'hex')
    const iv = Buffer.alloc(16, 7)
    const cipher = createCipheriv('aes-256-ctr', key, iv)
    const obscured = Buffer.concat([iv, cipher.update('maple71'), cipher.final()]).toString('base64url')
    assert.deepEqual(values(scan('rclone.conf', `[x]\npass = ${obscured}\n`)), ['maple71'])
  })

  it('MySQL: a login path password is revealed', () => {
    const seed = Buffer.from(Array.from({ length: 20 }, (_, index) => index * 3))
    const key = Buffer.alloc(16)
    for (const [index, byte] of seed.entries()) key.writeUInt8(key.readUInt8(index % 16) ^ byte, index % 16)
    const encrypted = (line: string): Buffer => {
      const cipher = createCipheriv('aes-128-ecb', key, null)
      const body = Buffer.concat([cipher.update(line), cipher.final()])
      const length = Buffer.alloc(4)
      length.writeUInt32LE(body.length)
      return Buffer.concat([length, body])
    }
    const file = Buffer.concat([Buffer.alloc(4), seed, encrypted('[client]\n'), encrypted('password = "maple71"\n')])
    assert.deepEqual(values(scan('root/.mylogin.cnf', file)), ['maple71'])
  })

  it('DBeaver: passwords of its encrypted file are revealed', () => {
    const key = Buffer.from('babb4a9f774ab853c96c2d653dfe544a', 'hex')
    const iv = Buffer.alloc(16, 5)
    const cipher = createCipheriv('aes-128-cbc', key, iv)
    const text = JSON.stringify({ 'postgres-1': { '#connection': { user: 'app', password: 'maple71' } } })
    const file = Buffer.concat([iv, cipher.update(text), cipher.final()])
    assert.deepEqual(values(scan('root/.dbeaver/credentials-config.json', file)), ['maple71'])
  })

  it('WinSCP: a password is read where no master password protects it, without the login that stands before it', () => {
    const hidden = (text: string) =>
      [...Buffer.from(text, 'latin1')].map((byte) => ((~byte & 0xff) ^ 0xa3).toString(16).padStart(2, '0')).join('')
    const login = 'appweb1.acme.test'
    const bytes = `\xff\x00${String.fromCharCode(login.length + 7)}\x03xyz${login}maple71zzzz`
    const session = '[Sessions\\shop]\nHostName=web1.acme.test\nUserName=app\n'
    assert.deepEqual(values(scan('WinSCP.ini', `${session}Password=${hidden(bytes).toUpperCase()}\n`)), ['maple71'])
    assert.deepEqual(values(scan('WinSCP.ini', `${session}PasswordPlain=maple%2071\n`)), ['maple 71'])
  })

  it('mRemoteNG: a password under the password that all copies have is read, another is not', () => {
    const encrypted = (master: string) => {
      const [salt, nonce] = [Buffer.alloc(16, 3), Buffer.alloc(16, 4)]
      const cipher = createCipheriv('aes-256-gcm', pbkdf2Sync(master, salt, 1000, 32, 'sha1'), nonce)
      cipher.setAAD(salt)
      return Buffer.concat([salt, nonce, cipher.update('maple71'), cipher.final(), cipher.getAuthTag()]).toString(
        'base64',
      )
    }
    const file = (master: string) => `<C KdfIterations="1000"><Node Name="a" Password="${encrypted(master)}" /></C>`
    assert.deepEqual(values(scan('confCons.xml', file('mR3m'))), ['maple71'])
    assert.deepEqual(values(scan('confCons.xml', file('another'))), [encrypted('another')])
  })

  for (const [ruleId, path, head] of [
    ['kerberos-keytab', 'etc/krb5.keytab', [0x05, 0x02, 0, 0, 0, 0x40]],
    [
      'oracle-auto-login-wallet',
      'opt/wallet/cwallet.sso',
      [0xa1, 0xf8, 0x4e, 0x36, ...Array.from({ length: 64 }, () => 7)],
    ],
    [
      'tor-hidden-service-key',
      'var/lib/tor/web/hs_ed25519_secret_key',
      [...Buffer.from('== ed25519v1-secret: type0 ==\0\0\0')],
    ],
  ] as const)
    it(`${ruleId}: the whole file is one, and known by its first bytes`, () => {
      const body = Array.from({ length: 64 }, (_, index) => index)
      assert.deepEqual(
        scan(path, Uint8Array.from([...head, ...body])).map((match) => match.ruleId),
        [ruleId],
      )
      assert.deepEqual(scan(path, Uint8Array.from([1, ...body])), [])
    })
})
