// A socket before an engine's, which passes everything on and tells what is asked, so that a test can act at a certain request.
import { mkdtempSync, rmSync } from 'node:fs'
import { connect, createServer } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'

export interface Relay {
  /** DOCKER_HOST for the command. */
  readonly host: string
  /** The first line of each request, in order. */
  readonly asked: readonly string[]
  stop(): Promise<void>
}

/** `before` is called with a request's first line before the engine gets it. */
export async function startRelay(host: string, before: (line: string) => void = () => undefined): Promise<Relay> {
  const folder = mkdtempSync(join(tmpdir(), 'secretscan-relay-'))
  const path = join(folder, 'relay.sock')
  const asked: string[] = []
  const server = createServer((client) => {
    const engine = connect(host.replace('unix://', ''))
    client.on('data', (bytes: Buffer) => {
      const line = /^(?:GET|POST|HEAD) \S+/.exec(bytes.toString('latin1'))?.[0]
      if (line !== undefined) {
        asked.push(line)
        before(line)
      }
      engine.write(bytes)
    })
    client.on('end', () => engine.end()).on('error', () => engine.destroy())
    client.on('close', () => engine.destroy())
    engine.on('error', () => client.destroy())
    engine.pipe(client)
  })
  await new Promise<void>((resolve) => server.listen(path, resolve))
  return {
    host: `unix://${path}`,
    asked,
    stop: async () => {
      await new Promise((resolve) => server.close(resolve))
      rmSync(folder, { recursive: true, force: true })
    },
  }
}
