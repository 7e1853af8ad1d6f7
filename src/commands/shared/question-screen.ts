// Where a question stands: on standard error, with progress, since standard output holds the result alone. A person who suspends the process
// (Ctrl-Z) finds the question again, as it was, when it goes on.
import { Writable } from 'node:stream'

/** What prompts take as their context. */
export interface QuestionContext {
  readonly output: NodeJS.WritableStream
}

/** A frame begins where lines are erased: cursor down, lines cleared and left upwards, the first column. */
const ERASING = /^(?:\u001b\[\d+B)?(?:\u001b\[2K(?:\u001b\[1A)?)+\u001b\[G/
/** At the end of a frame: back up to the line that is typed in. */
const BACK_UP = /\u001b\[(\d+)A[^A]*$/
const SHOW_CURSOR = '\u001b[?25h'
/** ms; a group of processes that no shell controls is not stopped by the signal, and the question goes on by itself. */
const UNSTOPPED = 100

/** Runs `work` with a place for its question; `leave` is called where the input ends (Ctrl-D). */
export async function onQuestionScreen<T>(
  leave: () => void,
  work: (context: QuestionContext) => Promise<T>,
): Promise<T> {
  const { stdin, stderr } = process
  let frame = ''
  const output = new Writable({
    decodeStrings: false,
    write(chunk: string | Uint8Array, _encoding, done) {
      const text = String(chunk)
      frame = ERASING.test(text) ? text.replace(ERASING, '') : frame + text
      stderr.write(chunk)
      done()
    },
  })
  // What prompts ask of a terminal.
  for (const name of ['isTTY', 'columns', 'rows'] as const)
    Object.defineProperty(output, name, { get: () => stderr[name] })

  const known = new Set(process.listeners('SIGCONT'))
  let unstopped: NodeJS.Timeout | undefined
  const suspend = () => {
    // Readline would pause its input for good when it goes on; what it does beside that is done here.
    for (const listener of process.listeners('SIGCONT'))
      if (!known.has(listener) && listener !== goOn) process.off('SIGCONT', listener)
    const below = BACK_UP.exec(frame)?.[1]
    stderr.write(`${below === undefined ? '' : `\u001b[${below}B`}\r\n${SHOW_CURSOR}`)
    process.off('SIGTSTP', suspend)
    // As the terminal does it: what started this process (npx, a script) is stopped with it, or the shell would wait for that.
    process.kill(0, 'SIGTSTP')
    unstopped = setTimeout(goOn, UNSTOPPED)
  }
  const goOn = () => {
    clearTimeout(unstopped)
    process.off('SIGTSTP', suspend).on('SIGTSTP', suspend)
    // Off first: the shell had the terminal meanwhile, and what is on already is not set again.
    for (const isRaw of [false, true]) stdin.setRawMode?.(isRaw)
    stderr.write(frame)
  }
  process.on('SIGTSTP', suspend).on('SIGCONT', goOn)
  stdin.on('pause', leave)
  try {
    return await work({ output })
  } finally {
    clearTimeout(unstopped)
    process.off('SIGTSTP', suspend).off('SIGCONT', goOn)
    stdin.off('pause', leave)
  }
}
