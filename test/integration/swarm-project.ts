// What tests on a Swarm of their own share: its start, and an image with a shell that needs no network.
import { copyFileSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import type { Engine } from './engine-process.js'
import { run, systemProgram } from './programs.js'

export const SHELL = 'RUN ["/bin/busybox", "--install", "-s", "/bin"]\n'

export function startSwarm({ env }: Engine): void {
  const addresses = ['--advertise-addr', '127.0.0.1', '--listen-addr', '127.0.0.1:2377']
  run(systemProgram('docker'), ['swarm', 'init', ...addresses], { env })
}

/** An image of busybox. @param more lines of its Dockerfile; without SHELL it has no shell */
export function buildBusybox({ env }: Engine, name: string, more = SHELL): void {
  const context = mkdtempSync(join(tmpdir(), 'secretscan-busybox-'))
  copyFileSync(systemProgram('busybox'), join(context, 'busybox'))
  writeFileSync(join(context, 'Dockerfile'), `FROM scratch\nCOPY busybox /bin/busybox\n${more}`)
  run(systemProgram('docker'), ['build', '-q', '--network', 'none', '-t', name, context], {
    env: { ...env, DOCKER_BUILDKIT: '0' },
  })
  rmSync(context, { recursive: true })
}
