// What the guided migration shows before it writes, and its last question. What fits the terminal is shown at once; of what is longer a person
// looks at one part after the other, since its beginning would have left the screen when the question comes.
import pc from 'picocolors'
import { leftLines, maskedDiffs, noteLines, storeName } from '../../migrate/print-plan.js'
import type { Prepared } from '../../migrate/run.js'
import { count } from '../../report/wording.js'
import { printable, shorten } from '../../support/printable.js'
import { rowsOf } from '../../support/wrap.js'
import { choiceWidth, described, listShape, prompt } from './ask.js'
import { onStdout } from './migrate-words.js'

/** A piece that is looked at by itself: the diff of a file, the notes. */
export interface Part {
  readonly name: string
  /** How much it is, in a few characters. */
  readonly size: string
  readonly text: string
}

export type Decision = 'apply' | 'again' | 'nothing'

/** Rows of the last question beside its choices. */
const ROWS_OF_QUESTION = 5
const NAME_WIDTH = 40
/** Columns of a choice beside its name and size. */
const BESIDE_NAME = 20

/** What stays where it was planned to move, the diff of each file, and the notes. `place`: where to, of several. */
export function partsOf(
  { gathered, planned }: Prepared,
  left: Prepared['planned']['left'],
  place = '',
): readonly Part[] {
  const { notes } = planned.plan
  const where = place === '' ? '' : `, ${place}`
  const lists = [
    { name: `what stays, and why${where}`, lines: leftLines(left, onStdout), of: left.length },
    { name: `the notes${where}`, lines: noteLines(notes, onStdout), of: notes.length },
  ]
  const [stays, noted] = lists.map(({ name, lines, of }): readonly Part[] =>
    of === 0 ? [] : [{ name, size: `(${of})`, text: `${lines.join('\n')}\n` }],
  )
  const diffs = maskedDiffs(gathered, planned).map((diff): Part => {
    const path = /^\+\+\+ b\/(.*)$/m.exec(diff)?.[1] ?? ''
    return { name: `${printable(path)}${where}`, size: sizeOf(diff), text: diff.split('\n').map(colored).join('\n') }
  })
  return [...(stays ?? []), ...diffs, ...(noted ?? [])]
}

/** As git says it of a file. */
function sizeOf(diff: string): string {
  const lines = diff.split('\n').slice(2)
  const [added, gone] = ['+', '-'].map((sign) => lines.filter((line) => line.startsWith(sign)).length)
  return diff.startsWith('--- /dev/null') ? `new, ${count(added ?? 0, 'line')}` : `+${added} -${gone}`
}

/**
 * Shows the parts, at once or on demand, and asks. `question`: undefined where nothing can be written. `seen`: texts that were looked at; what is
 * looked at joins them.
 * @throws DeclinedError on Ctrl-C
 */
export async function decide(
  parts: readonly Part[],
  question: string | undefined,
  print: (text: string) => void,
  seen: Set<string> = new Set(),
): Promise<Decision> {
  const isShort = fits(parts)
  if (isShort) for (const { text } of parts) print(text)
  const shown = isShort ? [] : parts
  const open = new Set(shown.filter(({ text }) => !seen.has(text)))
  let latest = shown.at(-1)
  for (;;) {
    const answer = await askOnce(shown, { open, latest }, question)
    if (typeof answer === 'string') return answer
    latest = answer
    print(`\n${answer.text}`)
    open.delete(answer)
    seen.add(answer.text)
  }
}

/** true where a terminal holds all of it above the question, and where the output is none. */
function fits(parts: readonly Part[]): boolean {
  const { isTTY, columns, rows } = process.stdout
  if (isTTY !== true || !(rows > 0)) return true
  const height = parts.reduce((sum, { text }) => sum + rowsOf(text, columns), 0)
  return height + CHOICES.length + ROWS_OF_QUESTION < rows
}

const CHOICES: readonly { readonly value: Decision; readonly name: string }[] = [
  { value: 'apply', name: 'yes, apply' },
  { value: 'again', name: 'choose again' },
  { value: 'nothing', name: 'no, change nothing' },
]

/**
 * The cursor stands at the first part that was not looked at, else at the one that was shown last: one Enter more shows it again, and throws
 * away nothing that was chosen. Without parts it stands where nothing changes.
 */
async function askOnce(
  parts: readonly Part[],
  { open, latest }: { readonly open: ReadonlySet<Part>; readonly latest: Part | undefined },
  question: string | undefined,
): Promise<Part | Decision> {
  const { select } = await import('@inquirer/prompts')
  const unseen = [...open].map(({ name }) => name).join(', ')
  const width = Math.min(NAME_WIDTH, Math.max(...parts.map(({ name }) => name.length), 0))
  const choices = [
    ...parts.map((part) => ({
      value: part,
      name: `show ${shorten(part.name, choiceWidth() - BESIDE_NAME).padEnd(width)}  ${part.size}`,
      short: `show ${part.name}`,
    })),
    ...CHOICES.filter(({ value }) => value !== 'apply' || question !== undefined).map((choice) => ({
      ...choice,
      ...(choice.value === 'apply' && unseen !== '' && { description: described(`Not looked at yet: ${unseen}.`) }),
    })),
  ]
  const { style, ...shape } = listShape(choices.length)
  return prompt((context) =>
    select<Part | Decision>(
      {
        message: question ?? 'Nothing can be moved there. What now?',
        choices,
        default: [...open][0] ?? latest ?? (question === undefined ? 'again' : 'nothing'),
        ...shape,
        theme: { style },
      },
      context,
    ),
  )
}

export const toPlace = ({ planned }: Prepared): string => `to ${storeName(planned.plan.to.store)}`

/** A line of a diff, as git colours it. */
export function colored(line: string): string {
  if (/^(?:---|\+\+\+)/.test(line)) return pc.bold(line)
  if (line.startsWith('@@')) return pc.cyan(line)
  if (line.startsWith('+')) return pc.green(line)
  return line.startsWith('-') ? pc.red(line) : line
}
