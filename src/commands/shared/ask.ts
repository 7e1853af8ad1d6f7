// Questions to a person. Each has a flag that answers it, so that nothing ever has to be asked.
import pc from 'picocolors'
import { EXIT, SecretscanError, UsageError } from '../../support/errors.js'
import { wrap } from '../../support/wrap.js'
import { interruptSignal } from './interrupt.js'
import { proseFor } from './prose.js'
import { onQuestionScreen, type QuestionContext } from './question-screen.js'

/** The person left with Ctrl-C or Ctrl-D: nothing was changed. */
export class DeclinedError extends SecretscanError {
  readonly code = 'DECLINED'
  readonly exitCode = EXIT.interrupted
}

export interface AskOptions {
  /** false: --no-input. */
  readonly input: boolean
  /** The flag that answers instead, e.g. "--yes". */
  readonly flag: string
}

/** true where a person can be asked. */
export const canAsk = ({ input }: Pick<AskOptions, 'input'>): boolean =>
  input && process.stdin.isTTY === true && process.stderr.isTTY === true

/** @throws UsageError naming the flag where nobody can be asked. */
export function assertCanAsk({ input, flag }: AskOptions): void {
  if (canAsk({ input })) return
  throw new UsageError('There is nobody to ask: this is no terminal, or --no-input is set.', { hint: `Give ${flag}.` })
}

/**
 * Runs a prompt; Ctrl-C becomes DeclinedError, also one that came before it: a question would stand there that nobody can answer. Ctrl-D,
 * too: it ends the input, which readers of a terminal tell by pausing it, and the prompt would wait until nothing keeps the process.
 */
export async function prompt<T>(
  ask: (context: QuestionContext) => Promise<T> & { readonly cancel?: () => void },
): Promise<T> {
  let asking: ReturnType<typeof ask> | undefined
  const cancel = () => asking?.cancel?.()
  interruptSignal.addEventListener('abort', cancel, { once: true })
  try {
    if (interruptSignal.aborted) throw declined()
    return await onQuestionScreen(cancel, (context) => {
      asking = ask(context)
      return asking
    })
  } catch (error) {
    if (error instanceof Error && LEFT.has(error.name)) throw declined()
    throw error
  } finally {
    interruptSignal.removeEventListener('abort', cancel)
  }
}

/** Names of the prompts' own errors. */
const LEFT: ReadonlySet<string> = new Set(['ExitPromptError', 'CancelPromptError'])

const declined = () => new DeclinedError('Stopped. Nothing was changed.')

/** Columns of a choice, beside its cursor and box: lists are not broken at spaces. */
export const choiceWidth = (): number => Math.min(process.stderr.columns || 80, WIDEST_LIST) - 4
const WIDEST_LIST = 120

/** What is said below a list of the choice that the cursor is at. */
export const described = (text: string): string => proseFor(process.stderr, `  ${text}`)

/** Columns of a question's mark. */
const MARK = 2

/** A question broken at spaces, since prompts break lines anywhere. `beside`: columns of what is shown behind it, as (y/N). */
export const asked = (question: string, beside = 7): string =>
  wrap(question, Math.min(process.stderr.columns || 80, WIDEST_LIST) - MARK - beside, MARK)

/** Rows of a question beside its list: itself, the description, the keys. */
const ROWS_BESIDE_A_LIST = 10
const SMALLEST_LIST = 5

/** How a list of `lines` is shown: as much of it as the terminal holds. A longer one ends with its last line, and the line of keys says that it goes on. */
export function listShape(lines: number) {
  const pageSize = Math.max(SMALLEST_LIST, (process.stderr.rows ?? 24) - ROWS_BESIDE_A_LIST)
  const isLonger = lines > pageSize
  return { pageSize, loop: !isLonger, style: isLonger ? { keysHelpTip: keysOfLonger } : {} }
}

const keysOfLonger = (keys: readonly (readonly [key: string, action: string])[]): string =>
  keys
    .map(([key, action]) => `${pc.bold(key)} ${pc.dim(key === '↑↓' ? 'navigate (the list goes on)' : action)}`)
    .join(pc.dim(' • '))

/** Asks for a secret: nothing of what is typed is shown, not even how long it is. @throws DeclinedError on Ctrl-C. */
export async function askSecret(
  message: string,
  validate: (text: string) => true | string = () => true,
): Promise<string> {
  const { password } = await import('@inquirer/prompts')
  return prompt((context) => password({ message: asked(message, 1), validate, toggleMask: false }, context))
}

/** Asks yes or no (default no). @throws DeclinedError on Ctrl-C. */
export async function confirm(question: string, options: AskOptions): Promise<boolean> {
  assertCanAsk(options)
  const { confirm: askConfirm } = await import('@inquirer/prompts')
  return prompt((context) => askConfirm({ message: asked(question), default: false }, context))
}
