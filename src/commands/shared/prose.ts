// Sentences for a standard stream: broken at spaces where it is a terminal, whole where it is a file or a pipe.
import { prose } from '../../report/wording.js'

/** `text` as it should stand on `stream`; lines that are begun here are moved in by `indent` columns. */
export function proseFor(stream: NodeJS.WriteStream, text: string, indent = 0): string {
  return prose(text, stream.isTTY ? { columns: stream.columns } : {}, indent)
}
