// A new value from a person or from another program. It is shown nowhere and stands in no argument.
import type { Readable } from 'node:stream'
import { generateValue, MAX_GENERATED, MIN_GENERATED } from '../../migrate/rotate/generate.js'
import { UsageError } from '../../support/errors.js'
import { Secret } from '../../support/secret.js'
import { asked, askSecret, assertCanAsk, prompt } from './ask.js'

/** Bytes; no store takes more. */
const MAX_BYTES = 1024 * 1024
const DEFAULT_LENGTH = 32
/** How often two different values may be typed. */
const ATTEMPTS = 3
const MAKE = 'Make one up (letters and digits)'

/** Asks twice, showing nothing; or makes one up. @throws UsageError where nobody can be asked, DeclinedError on Ctrl-C. */
export async function askNewValue(
  name: string,
  options: { readonly input: boolean; readonly mayGenerate: boolean },
): Promise<Secret> {
  assertCanAsk({ input: options.input, flag: '--generate LENGTH or --from-stdin' })
  const { select, number } = await import('@inquirer/prompts')
  const how = options.mayGenerate
    ? await prompt((context) =>
        select(
          {
            message: asked(`The new value of ${name}`, MAKE.length + 1),
            choices: [
              { value: 'make', name: MAKE },
              { value: 'type', name: 'Type or paste it' },
            ],
          },
          context,
        ),
      )
    : 'type'
  if (how === 'make') {
    const limits = { min: MIN_GENERATED, max: MAX_GENERATED, default: DEFAULT_LENGTH }
    return generateValue(
      (await prompt((context) => number({ message: 'How long?', ...limits }, context))) ?? DEFAULT_LENGTH,
    )
  }
  return typedTwice(name, askSecret)
}

/** Asks for both again where they differ. @throws UsageError where they do each time, DeclinedError on Ctrl-C. */
export async function typedTwice(name: string, ask: typeof askSecret): Promise<Secret> {
  const notEmpty = (text: string) => text !== '' || 'An empty value is no secret.'
  for (let left = ATTEMPTS; left > 0; left--) {
    const once = left === ATTEMPTS ? '' : 'The two were not the same. '
    const first = await ask(`${once}New value of ${name}:`, notEmpty)
    if (first === (await ask('The same again:'))) return Secret.of(Buffer.from(first, 'utf8'))
  }
  throw new UsageError(`The two values were not the same, ${ATTEMPTS} times. Nothing was changed.`, {
    hint: 'Start again, or give it with --from-stdin.',
  })
}

/** All bytes but one line end at the end, which `echo` and editors add. @throws UsageError for nothing or too much. */
export async function readNewValue(input: Readable): Promise<Secret> {
  const chunks: Buffer[] = []
  let size = 0
  for await (const chunk of input as AsyncIterable<Buffer | string>) {
    const bytes = Buffer.from(chunk as Buffer)
    size += bytes.length
    if (size > MAX_BYTES) throw new UsageError('Standard input holds more than 1 MiB: that is no secret.')
    chunks.push(bytes)
  }
  const all = Buffer.concat(chunks)
  const end = all.at(-1) === 0x0a ? (all.at(-2) === 0x0d ? 2 : 1) : 0
  if (all.length === end)
    throw new UsageError('Standard input holds no value.', { hint: 'Pipe the new value into it.' })
  return Secret.of(all.subarray(0, all.length - end))
}
