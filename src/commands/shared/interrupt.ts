// Ctrl-C and SIGTERM: the first one aborts what runs and lets it tidy up, the second one ends the process at once.
import { rmSync } from 'node:fs'
import { EXIT } from '../../support/errors.js'

const controller = new AbortController()
const unfinishedFiles = new Set<string>()
let received: 'SIGINT' | 'SIGTERM' | undefined
/** How long a use case may take to come to a safe end after the first signal. */
let graceMs = 500
/** For standard error where the process is ended before a use case came to a safe end. */
let lastWords = ''
/** The same where it came to one, and has nothing to tell of it. */
let endWords = ''

/** Aborted at the first SIGINT or SIGTERM; pass it to every use case. */
export const interruptSignal: AbortSignal = controller.signal

/** The exit code of the signal that was received, if one was. */
export function interruptedExitCode(): number | undefined {
  if (received === undefined) return undefined
  return received === 'SIGINT' ? EXIT.interrupted : EXIT.terminated
}

/** A use case that writes (a migration) asks for more time than the half second that a scan gets. */
export function setInterruptGrace(ms: number): void {
  graceMs = ms
}

/** What a person has to know where there is no time to end safely: after a second signal, or the grace. */
export function setLastWords(text: string): void {
  lastWords = text
}

/** Until a command that is going to write begins with it, a person who ends it is told that it has not. */
export function changesNothingYet(): void {
  lastWords = 'Nothing was changed.\n'
  endWords = lastWords
}

/** What was said of the end does not hold any more: a part was written, and told. */
export function hasChanged(): void {
  lastWords = ''
  endWords = ''
}

/** To be said where the signal has ended a use case that has nothing to tell; '' for nothing. */
export const wordsOfTheEnd = (): string => endWords

/** A temporary file that must not outlive the process. Returns how to take it off the list. */
export function trackUnfinishedFile(path: string): () => void {
  unfinishedFiles.add(path)
  return () => unfinishedFiles.delete(path)
}

function removeUnfinishedFiles(): void {
  for (const path of unfinishedFiles) rmSync(path, { force: true })
}

function onSignal(signal: 'SIGINT' | 'SIGTERM'): void {
  const code = signal === 'SIGINT' ? EXIT.interrupted : EXIT.terminated
  if (received !== undefined) endAtOnce(code)
  received = signal
  process.stderr.write('\nInterrupted: stopping (once more to stop at once)\n')
  controller.abort()
  setTimeout(() => endAtOnce(code), graceMs)
}

function endAtOnce(code: number): never {
  clearLine()
  process.stderr.write(lastWords)
  process.exit(code)
}

/** A spinner may have begun the line again. */
function clearLine(): void {
  const { stderr } = process
  if (lastWords === '' || stderr.isTTY !== true || process.env['TERM'] === 'dumb') return
  stderr.cursorTo(0)
  stderr.clearLine(0)
}

/** A command that runs in our place gets the signals, and ends when it wants to. */
export function leaveSignals(): void {
  process.off('SIGINT', onInterrupt)
  process.off('SIGTERM', onTerminate)
}

const onInterrupt = () => onSignal('SIGINT')
const onTerminate = () => onSignal('SIGTERM')

/** Installs the signal handlers and the removal of unfinished files at exit. */
export function watchInterrupts(): void {
  process.on('SIGINT', onInterrupt)
  process.on('SIGTERM', onTerminate)
  process.on('exit', removeUnfinishedFiles)
}
