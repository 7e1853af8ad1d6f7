// Unix ar archives, the outer form of .deb files (deb(5), ar(5)): System V and BSD long names are read.
import type { Issue } from '../support/issue.js'
import { ByteReader } from './byte-reader.js'

export interface ArEntry {
  readonly path: string
  readonly size: number
  readonly body: AsyncIterable<Uint8Array>
}

const MAGIC = '!<arch>\n'
const HEADER = 60
/** The table of long names, and a BSD name before a body. */
const MAX_NAMES = 1024 * 1024

/** Yields every member; what cannot be read as one is yielded raw, with an Issue AR_PARTIAL. */
export async function* readAr(bytes: AsyncIterable<Uint8Array>, on: (issue: Issue) => void): AsyncGenerator<ArEntry> {
  const input = new ByteReader(bytes)
  let names = ''
  try {
    await input.skip(MAGIC.length)
    while (true) {
      const header = await input.read(HEADER)
      if (header.length === 0) return
      const fields = parseHeader(header)
      if (fields === undefined) {
        input.unread(header)
        on({
          code: 'AR_PARTIAL',
          effect: 'partial',
          detail: 'An ar archive cannot be read on; the rest was scanned as it lies.',
        })
        yield { path: '', size: 0, body: input.rest() }
        return
      }
      const end = input.position + fields.size
      if (fields.name === '//' && fields.size <= MAX_NAMES) names = latin1(await input.read(fields.size))
      else {
        const path = await memberName(fields.name, names, input)
        yield { path, size: end - input.position, body: upTo(input, end, on) }
      }
      await input.skip(end - input.position + (fields.size % 2))
    }
  } finally {
    await input.close()
  }
}

function parseHeader(header: Uint8Array): { name: string; size: number } | undefined {
  const text = latin1(header)
  const size = text.slice(48, 58).trimEnd()
  if (header.length < HEADER || text.slice(58) !== '`\n' || !/^\d+$/.test(size)) return undefined
  return { name: text.slice(0, 16).trimEnd(), size: Number(size) }
}

/** "/123" points into the table of names, "#1/20" says that the name takes the first 20 bytes of the body. */
async function memberName(name: string, names: string, input: ByteReader): Promise<string> {
  const inTable = /^\/(\d+)$/.exec(name)
  if (inTable) return names.slice(Number(inTable[1])).split(/\/?\n/, 1)[0] ?? name
  const inBody = /^#1\/(\d+)$/.exec(name)
  if (inBody && Number(inBody[1]) <= 4096) return latin1(await input.read(Number(inBody[1]))).replace(/\0+$/, '')
  return name.length > 1 ? name.replace(/\/$/, '') : name
}

async function* upTo(input: ByteReader, end: number, on: (issue: Issue) => void): AsyncGenerator<Uint8Array> {
  while (input.position < end) {
    const chunk = await input.next(end - input.position)
    if (chunk === undefined) {
      on({
        code: 'AR_PARTIAL',
        effect: 'partial',
        bytes: end - input.position,
        detail: 'An ar archive ends in the middle of a member.',
      })
      return
    }
    yield chunk
  }
}

function latin1(bytes: Uint8Array): string {
  return Buffer.from(bytes.buffer, bytes.byteOffset, bytes.length).toString('latin1')
}
