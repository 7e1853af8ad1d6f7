// Writing to a stream whose reader may have gone away.
import type { Writable } from 'node:stream'

/** Resolves once `text` has left for `out`. A closed pipe (`| head`) counts as done; any other error rejects. */
export function writeText(out: Writable, text: string): Promise<void> {
  return new Promise((resolve, reject) => {
    out.write(text, (error) => {
      const closed =
        error != null && 'code' in error && (error.code === 'EPIPE' || error.code === 'ERR_STREAM_DESTROYED')
      if (error == null || closed) resolve()
      else reject(error)
    })
  })
}
