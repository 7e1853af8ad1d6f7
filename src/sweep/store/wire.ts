// How rows and parameters travel between the process that owns an embedded store and those that ask it: JSON lines with marks for what
// JSON does not have.
const TIME = '$time'
const BYTES = '$bytes'

export function encodeLine(message: unknown): string {
  return `${JSON.stringify(message, function (this: Record<string, unknown>, key: string, value: unknown) {
    // Dates and Buffers have become something else by the time a replacer sees them.
    const original = this[key]
    if (original instanceof Date) return { [TIME]: original.toISOString() }
    if (original instanceof Uint8Array) return { [BYTES]: Buffer.from(original).toString('base64') }
    return value
  })}\n`
}

export function decodeLine<Message>(line: string): Message {
  return JSON.parse(line, (_key, value: unknown) => {
    if (typeof value !== 'object' || value === null) return value
    const marked = value as Record<string, unknown>
    if (typeof marked[TIME] === 'string') return new Date(marked[TIME])
    if (typeof marked[BYTES] === 'string') return new Uint8Array(Buffer.from(marked[BYTES], 'base64'))
    return value
  }) as Message
}

/** The lines of a stream, none longer than `most` characters. */
export async function* linesOf(stream: AsyncIterable<Buffer>, most: number): AsyncGenerator<string> {
  let parts: string[] = []
  let length = 0
  const decoder = new TextDecoder()
  for await (const chunk of stream) {
    let text = decoder.decode(chunk, { stream: true })
    for (let end = text.indexOf('\n'); end >= 0; end = text.indexOf('\n')) {
      yield parts.join('') + text.slice(0, end)
      text = text.slice(end + 1)
      parts = []
      length = 0
    }
    parts.push(text)
    length += text.length
    if (length > most) throw new RangeError('a line is too long')
  }
}
