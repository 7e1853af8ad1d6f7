// What a path says of a secret's worth: examples that packages publish are judged less sure, and of one's own code what documents it.
import assert from 'node:assert/strict'
import { surenessAt } from '../../../src/detect/foreign-code.js'
import { builtInDetector } from './built-in.js'

describe('sureness by path', () => {
  for (const path of [
    'app/node_modules/ssh2/test/fixtures/id_rsa',
    'root/go/pkg/mod/golang.org/x/crypto@v0.57.0/ssh/keys_test.go',
    'usr/lib/python3/dist-packages/PyJWT-2.6.0.egg-info/PKG-INFO',
    'usr/share/doc/python3-jwt/README.rst',
    'srv/node_modules/aws-sdk/apis/kms-2014-11-01.examples.json',
    'usr/src/app/node_modules/acme/test/server.js',
    'usr/local/lib/ruby/3.3.0/bundler/man/bundle-config.1.ronn',
    'app/node_modules/sails/.travis.yml',
    'root/go/pkg/mod/github.com/acme/store@v1.0.0/command/test-fixtures/reload.key',
    'root/go/pkg/mod/github.com/acme/store@v1.0.0/testcerts/private.key',
    'root/go/pkg/mod/github.com/acme/web@v1.0.0/webtest/localhost.key',
    'usr/local/lib/python3.12/site-packages/acme/SelfTest/keys.py',
    'usr/lib/python3/dist-packages/acme_vectors/keys/a.p12',
    'usr/local/lib/python3.12/site-packages/acme-1.0.0.dist-info/METADATA',
    'usr/local/lib/python3.12/site-packages/sdk/data/sync/2018-11-09/service-2.json',
    'usr/local/lib/python3.12/site-packages/acme/runs/plan.tar!/plan/log.txt',
    'root/go/pkg/mod/github.com/acme/store@v1.0.0/server/configs/key.pem',
    'usr/local/cargo/registry/src/index.crates.io-1949cf8c6b5b557f/jose-1.0.0/data/key.pem',
    'root/.m2/repository/org/acme/store/1.0.0/store-1.0.0.pom',
  ])
    it(`lowers it one step in ${path}`, () => {
      assert.equal(surenessAt(path, 'high'), 'medium')
      assert.equal(surenessAt(path, 'medium'), 'low')
    })

  for (const path of [
    'app/test/fixtures/id_rsa',
    'app/README.md',
    'usr/src/app/test/server.js',
    'app/node_modules/acme-config/settings.json',
    'app/lib/ruby/man/config.rb',
    'app/vendor/acme.test/config/prod.go',
    'usr/local/lib/python3.12/site-packages/acme/latest/settings.py',
    'usr/share/acme/backup.tar!/etc/acme.conf',
    'home/user/backup.tar!/etc/acme.conf',
    undefined,
  ])
    it(`leaves it in ${path ?? 'a string of the image'}`, () => assert.equal(surenessAt(path, 'high'), 'high'))

  it('lowers it in comments of packages, and of nobody else', () => {
    const commented = () => true
    assert.equal(surenessAt('usr/lib/python3/dist-packages/acme/filter.yml', 'high', { commented }), 'medium')
    assert.equal(surenessAt('node_modules/acme/client.d.ts', 'medium', { commented }), 'low')
    assert.equal(surenessAt('srv/app/settings.py', 'high', { commented }), 'high')
  })

  it('lowers by two what everybody makes without a service, in comments of packages too, by one in all of a package', () => {
    assert.equal(surenessAt('node_modules/jwt/test/sign.js', 'high', { selfMade: true }), 'low')
    const commented = () => true
    assert.equal(surenessAt('node_modules/acme/settings.js', 'high', { selfMade: true, commented }), 'low')
    assert.equal(surenessAt('node_modules/acme/settings.js', 'high', { selfMade: true }), 'medium')
    assert.equal(surenessAt('node_modules/acme/settings.js', 'medium', { selfMade: true }), 'medium')
    assert.equal(surenessAt('srv/app/settings.js', 'high', { selfMade: true }), 'high')
  })
})

describe("what documents one's own code", () => {
  const VALUE = ['q8W2e5R9', 't1Y3u7I4'].join('')
  const KEY = ['ghp', 'xK9mQ2vL7nR4tB8wZ3cJ6hF1sD5gP00uLp4Q'].join('_')

  const confidences = (path: string, text: string): readonly string[] =>
    builtInDetector()
      .scan({ bytes: Buffer.from(text), offset: 0, last: true, path })
      .matches.filter(({ value }) => [VALUE, KEY].includes(Buffer.from(value).toString()))
      .map(({ confidence }) => confidence)

  const inDocstring = (line: string) => `def login():\n    """Logs in.\n\n    ${line}\n    """\n    return None\n`
  const inDoc = (line: string) => `/**\n * Logs in.\n * ${line}\n */\nexport function login() {}\n`

  for (const [where, path, text] of [
    ['a docstring', 'srv/app/login.py', inDocstring(`login(access_token="${VALUE}")`)],
    [
      'the docstring of a field',
      'srv/app/login.py',
      `class Login:\n    token: str\n    """\n    access_token="${VALUE}"\n    """\n`,
    ],
    ['the docstring of a file', 'srv/app/login.py', `# Acme\n\n"""\naccess_token="${VALUE}"\n"""\n`],
    [
      'the docstring of a head of several lines',
      'srv/app/login.py',
      `def login(\n    user,\n) -> None:\n    r"""\n    access_token="${VALUE}"\n    """\n`,
    ],
    ['a comment of JSDoc', 'srv/app/login.ts', inDoc(`login({ accessToken: "${VALUE}" })`)],
  ] as const)
    it(`is of low confidence under a secret-like name in ${where}`, () => {
      assert.deepEqual([...new Set(confidences(path, text))], ['low'])
    })

  for (const [where, path, text] of [
    ['the code below', 'srv/app/login.py', `${inDocstring('x')}access_token = "${VALUE}"\n`],
    ['code that is commented out', 'srv/app/login.ts', `// const accessToken = "${VALUE}"\n`],
    ['a text of three quotes that is none', 'srv/app/login.py', `BODY = """\n{"access_token": "${VALUE}"}\n"""\n`],
    [
      'a text that a dictionary holds',
      'srv/app/login.py',
      `CALL = {\n    "body": """{"access_token": "${VALUE}"}""",\n}\n`,
    ],
    [
      'a text below many empty lines',
      'srv/app/login.py',
      `${'\n'.repeat(300)}BODY = """{"access_token": "${VALUE}"}"""\n`,
    ],
    ['a list of Markdown', 'srv/app/notes.yml', `# * x\naccess_token: "${VALUE}"\n`],
  ] as const)
    it(`stays in ${where}`, () => assert.ok(confidences(path, text).includes('medium')))

  it('leaves keys of services', () => {
    assert.ok(confidences('srv/app/login.py', inDocstring(KEY)).includes('medium'))
  })

  it('lowers by one what everybody makes without a service', () => {
    const documented = () => true
    assert.equal(surenessAt('srv/app/a.py', 'high', { selfMade: true, documented }), 'medium')
    assert.equal(surenessAt('srv/app/a.py', 'medium', { selfMade: true, documented }), 'low')
    assert.equal(surenessAt('srv/app/a.py', 'high', { documented }), 'high')
  })
})
