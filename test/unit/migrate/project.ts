// A tiny project and a plan for it, for tests of apply and rollback that need no Compose file.
import { mkdtempSync, readFileSync, statSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import type { ApplyContext } from '../../../src/migrate/apply.js'
import { maskedSha256 } from '../../../src/migrate/project-files.js'
import { openComposeFileStore } from '../../../src/migrate/stores/compose-file.js'
import type { MigrationPlan } from '../../../src/migrate/types.js'
import { Secret } from '../../../src/support/secret.js'

export const VALUE = 'Summer24 with\nodd \u00fc bytes '
export const BEFORE = { 'compose.yaml': `a: 1\npassword: x\nz: 2\n`, '.env': 'PW=x\r\nOTHER=1' }
export const AFTER = { 'compose.yaml': 'a: 1\npassword_file: /run/secrets/pw\nz: 2\n', '.env': 'OTHER=1' }

export function makeProject(where = tmpdir()): string {
  const folder = mkdtempSync(join(where, 'secretscan-'))
  for (const [name, text] of Object.entries(BEFORE)) writeFileSync(join(folder, name), text)
  return folder
}

export function makePlan(projectDir: string): MigrationPlan {
  const cut = { 'compose.yaml': [{ start: 5, end: 17 }], '.env': [{ start: 0, end: 6 }] }
  const place = { kind: 'compose', path: 'compose.yaml' } as const
  return {
    schemaVersion: 1,
    projectDir,
    composeFiles: ['compose.yaml'],
    select: [],
    images: true,
    to: { store: 'compose-file', options: { 'secrets-dir': './secrets' } },
    inputs: (['compose.yaml', '.env'] as const).map((path) => ({
      path,
      cut: cut[path],
      maskedSha256: maskedSha256(readFileSync(join(projectDir, path)), cut[path]),
    })),
    steps: [
      { do: 'put', name: 'pw', from: [{ place, span: { offset: 15 }, transform: [] }] },
      { do: 'put', name: 'pw2', from: [{ place, span: { offset: 15 }, transform: [] }] },
      { do: 'verify', name: 'pw' },
      { do: 'verify', name: 'pw2' },
      { do: 'stage', path: 'compose.yaml', edits: [{ start: 5, end: 17, insert: 'password_file: /run/secrets/pw\n' }] },
      { do: 'stage', path: '.env', edits: [{ start: 0, end: 6, insert: '' }] },
      { do: 'check', what: 'model' },
      { do: 'swap', paths: ['compose.yaml', '.env'] },
    ],
    left: [],
    notes: [],
    services: [],
  }
}

export function makeContext(
  overrides: Partial<ApplyContext> = {},
): ApplyContext & Required<Pick<ApplyContext, 'openStore'>> {
  const {
    openStore = async ({ projectDir }, hasher) => openComposeFileStore({ projectDir, secretsDir: './secrets', hasher }),
  } = overrides
  return {
    signal: new AbortController().signal,
    readValue: async () => Secret.of(Buffer.from(VALUE)),
    checkStaged: async () => undefined,
    on: () => undefined,
    ...overrides,
    openStore,
  }
}

/** The project's own files as text, and each secret file's text and bits. */
export function contents(projectDir: string) {
  const read = (path: string) => {
    try {
      return readFileSync(join(projectDir, path), 'utf8')
    } catch {
      return undefined
    }
  }
  return {
    'compose.yaml': read('compose.yaml'),
    '.env': read('.env'),
    pw: read('secrets/pw'),
    pw2: read('secrets/pw2'),
  }
}

export const modeOf = (path: string): string => (statSync(path).mode & 0o7777).toString(8)
