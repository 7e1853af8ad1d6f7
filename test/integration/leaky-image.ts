// An image with a made-up secret in each place that an image has, and what must be found of it.
import { copyFileSync, mkdirSync, mkdtempSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { systemProgram } from './programs.js'

const token = (prefix: string, body: string) => prefix + body
/** Made up, one for each place, unlike each other so that each is a finding of its own. */
export const SECRETS = {
  env: token('Winter', '2031-env-Kx9'),
  argument: token('q7Rz', 'T2mV9bXw4LpD'),
  label: token('h3Jk', 'N8sQ1vYc6GtF'),
  cmd: token('w5Bn', 'E0uZ7dMa2RxK'),
  check: token('y8Pf', 'C4iH6oSj9WlV'),
  file: token('z2Ld', 'A7gX3eUq5TmB'),
  deleted: token('k6Wv', 'O1rD8nYh4JsG'),
  overwritten: token('m9Ct', 'I5bF2xKz7PqE'),
  history: token('p4Gx', 'U3jL0wSn6RyH'),
} as const

const DOCKERFILE = `FROM scratch
COPY busybox /bin/busybox
RUN ["/bin/busybox", "--install", "-s", "/bin"]
ENV DB_PASSWORD=${SECRETS.env}
ARG API_TOKEN
RUN echo "$API_TOKEN" > /dev/null
LABEL client_secret=${SECRETS.label}
COPY app/.env app/old.env app/shared.env /app/
RUN rm /app/old.env
COPY app/shared-new.env /app/shared.env
RUN DEPLOY_PASSWORD=${SECRETS.history} true
HEALTHCHECK CMD wget -q --header "X-Auth-Token: ${SECRETS.check}" --password=${SECRETS.check} http://localhost/
CMD ["/bin/server", "--password", "${SECRETS.cmd}"]
`

/** What must be found: place kind and key or path -> exposure. */
export const EXPECTED = {
  'env DB_PASSWORD': 'metadata',
  'build-arg API_TOKEN': 'metadata',
  'label client_secret': 'metadata',
  cmd: 'metadata',
  healthcheck: 'metadata',
  'history DEPLOY_PASSWORD': 'metadata',
  'file app/.env': 'final',
  'file app/old.env': 'deleted',
  'file app/shared.env': 'overwritten',
} as const

/** skopeo leaves the health check out when it writes an OCI config, which has no such field: its line in the history is what is left. */
const { healthcheck: _, ...EVERYWHERE } = EXPECTED
export const EXPECTED_OCI = { ...EVERYWHERE, history: 'metadata' } as const

/** A folder to build it from. */
export function writeContext(): string {
  const folder = mkdtempSync(join(tmpdir(), 'secretscan-context-'))
  mkdirSync(join(folder, 'app'))
  copyFileSync(systemProgram('busybox'), join(folder, 'busybox'))
  writeFileSync(join(folder, 'Dockerfile'), DOCKERFILE)
  writeFileSync(join(folder, 'app', '.env'), `# settings\nMAIL_PASSWORD=${SECRETS.file}\n`)
  writeFileSync(join(folder, 'app', 'old.env'), `OLD_PASSWORD=${SECRETS.deleted}\n`)
  writeFileSync(join(folder, 'app', 'shared.env'), `SHARED_PASSWORD=${SECRETS.overwritten}\n`)
  writeFileSync(join(folder, 'app', 'shared-new.env'), 'SHARED=none\n')
  return folder
}
