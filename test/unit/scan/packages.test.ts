// Packages in a folder of no package manager's name: what they hold is judged as in node_modules, what lies beside them is not.
import assert from 'node:assert/strict'
import { Packages } from '../../../src/scan/packages.js'
import { type ListedFile, scanFiles } from '../../../src/scan/scan-files.js'
import { openSession } from '../../../src/scan/session.js'
import { inFolder, scanContext, scanOptions, token } from './scan-fixture.js'

const RECORD = `requests/__init__.py,sha256=x,5
requests/packages/tests/data.py,,
"acme, inc/a.py",,
six.py,,
/etc/passwd,,
../../bin/normalizer,,
`

function packages(...files: readonly (readonly [path: string, content: string])[]): Packages {
  const known = new Packages()
  for (const [path, content] of files) known.note(path, () => Buffer.from(content))
  return known
}

describe('packages by what package managers write beside them', () => {
  const known = packages(
    ['var/task/requests-2.31.0.dist-info/RECORD', RECORD],
    ['srv/libs/composer/installed.json', '{"packages": []}'],
  )
  for (const path of [
    'var/task/requests/sessions.py',
    'var/task/requests/__pycache__/sessions.cpython-312.pyc',
    'var/task/requests/packages/tests/data.py',
    'var/task/acme, inc/b.py',
    'var/task/six.py',
    'srv/libs/acme/mail/src/Mail.php',
  ])
    it(`knows ${path}`, () => assert.equal(known.has(path), true))

  for (const path of [
    'var/task/app.py',
    'var/task/handlers/settings.py',
    'requests/sessions.py',
    'var/bin/normalizer',
    'etc/passwd',
    'var/task/etc/passwd',
    'srv/src/Mail.php',
    'srv/libs.php',
  ])
    it(`does not know ${path}`, () => assert.equal(known.has(path), false))

  it('knows one in the folder that is scanned', () =>
    assert.equal(packages(['six-1.16.0.dist-info/RECORD', 'six.py,,\n']).has('six.py'), true))

  it('asks for the content of no other file', () => {
    const fail = () => assert.fail()
    new Packages().note('var/task/RECORD', fail)
    new Packages().note('var/task/six-1.16.0.dist-info/METADATA', fail)
  })
})

describe('confidence in such packages', () => {
  const password = 'PASSWORD = "Gr4nite' + '-Lamp-77"\n'
  const named = (seed: string) => `x = "${token(seed)}"\n`

  const confidences = (files: Readonly<Record<string, string>>) =>
    inFolder(async () => {
      const session = await openSession(await scanOptions(), 2)
      async function* bodyOf(text: string) {
        yield Buffer.from(text)
      }
      async function* listed(): AsyncGenerator<ListedFile> {
        for (const [path, text] of Object.entries(files)) yield { path, size: text.length, body: bodyOf(text) }
      }
      try {
        const { findings } = await scanFiles(listed(), session, scanContext())
        return Object.fromEntries(findings.map(({ place, confidence }) => ['path' in place && place.path, confidence]))
      } finally {
        await session.close()
      }
    })

  it('is lower for what is made up there, whichever file comes first, and for tokens in their tests', async () =>
    assert.deepEqual(
      await confidences({
        'task/acme/auth.py': password,
        'task/acme/tests/keys.py': named('tests'),
        'task/acme/keys.py': named('code'),
        'task/app.py': password,
        'task/acme-1.0.dist-info/RECORD': 'acme/auth.py,,\nacme/keys.py,,\nacme/tests/keys.py,,\n',
      }),
      {
        'task/acme/auth.py': 'low',
        'task/acme/tests/keys.py': 'medium',
        'task/acme/keys.py': 'high',
        'task/app.py': 'medium',
      },
    ))

  it('is lower where the list of files is larger than what is read at once', async () => {
    const many = Array.from({ length: 60_000 }, (_, index) => `acme/part${index}.py,sha256=x,${index}\n`).join('')
    const record = `${many}late/x.py,,\n`
    const found = await confidences({ 'task/late/auth.py': password, 'task/acme-1.0.dist-info/RECORD': record })
    assert.deepEqual(found, { 'task/late/auth.py': 'low' })
  })
})
