// An image archive on standard input: docker save myapp | secretscan image -
import { UsageError } from '../../support/errors.js'
import { readImageArchive, type Want } from '../archive-reader.js'
import type { LayerBlob, OpenedImage, OpenSource, SourceEnd, SourceOptions } from '../types.js'

/** Where the bytes come from: standard input, or any stream in its place. */
export interface InputStream extends AsyncIterable<Uint8Array> {
  readonly isTTY?: boolean
  destroy(): unknown
}

/** Opens a pipe. It can be read once. Throws UsageError where it is a terminal. */
export function openStdin(options: SourceOptions, input: InputStream = process.stdin): OpenSource {
  if (input.isTTY === true) {
    throw new UsageError('Standard input is a terminal, not an archive.', {
      hint: 'Write: docker save IMAGE | secretscan image -',
    })
  }
  let images: readonly OpenedImage[] | undefined
  async function* layers(want: Want): AsyncGenerator<LayerBlob, SourceEnd> {
    const end = yield* readImageArchive(input, want, { ...options, name: 'Standard input' })
    images = end.images
    return end
  }
  return {
    kind: 'stdin',
    origin: 'standard input',
    parallel: false,
    describe: async () => images,
    layers,
    close: async () => void input.destroy(),
  }
}
