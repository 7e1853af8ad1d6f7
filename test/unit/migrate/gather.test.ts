import assert from 'node:assert/strict'
import { join } from 'node:path'
import { gather } from '../../../src/migrate/gather.js'
import { UnreachableError } from '../../../src/support/errors.js'
import { FOLDER } from './in-memory.js'

describe('migrate/gather', () => {
  it('asks the place for secrets before it scans or looks into images', async () => {
    const text = 'services:\n  app:\n    image: shop/app\n    environment: {API_TOKEN: Winter25now}\n'
    const asked: string[] = []
    const notYet = (what: string) => async () => {
      asked.push(what)
      throw new Error(`${what} came first`)
    }
    await assert.rejects(
      gather({
        load: {
          files: [join(FOLDER, 'compose.yaml')],
          profiles: [],
          env: {},
          cwd: FOLDER,
          overlay: new Map([[join(FOLDER, 'compose.yaml'), Buffer.from(text)]]),
        },
        to: 'vault',
        storeOptions: {},
        select: [],
        names: {},
        facts: new Map(),
        openStore: async () => {
          throw new UnreachableError('Nothing listens there.')
        },
        detect: notYet('detection'),
        literals: notYet('literals'),
        secretTexts: notYet('texts'),
        findings: notYet('a scan of the images'),
        images: true,
        sourceOptions: {
          signal: AbortSignal.timeout(60_000),
          maxManifestSize: 1,
          includeAttestations: false,
          allowForeignLayers: false,
          followLinks: false,
          insecureRegistries: [],
          offline: true,
        },
        on: (message) => void asked.push(message),
      }),
      /Nothing listens there/,
    )
    assert.deepEqual(asked, [])
  })
})
