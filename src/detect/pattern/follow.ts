// Tables that tell from the bytes beside an anchor that no match is there: how they are kept, and how they are asked. Made by automaton.ts.

/** By state and class of the next byte, the next state: next[state * width + classes[byte]]. */
export interface Follow {
  readonly classes: Uint8Array
  readonly next: Uint8Array
  readonly width: number
  /** Bytes that it takes at most; MANY for all that is more than it looks at. */
  readonly most: number
}

/** A table as JSON. */
export interface FollowEntry {
  readonly classes: string
  readonly next: string
  readonly width: number
  readonly most: number
}

const asText = (bytes: Uint8Array): string => Buffer.from(bytes).toString('base64')
const asBytes = (text: string): Uint8Array => Uint8Array.from(Buffer.from(text, 'base64'))

export const followEntry = ({ classes, next, width, most }: Follow): FollowEntry => ({
  classes: asText(classes),
  next: asText(next),
  width,
  most,
})

export const followFrom = ({ classes, next, width, most }: FollowEntry): Follow => ({
  classes: asBytes(classes),
  next: asBytes(next),
  width,
  most,
})

/** No match goes on from here. */
export const DEAD = 0
/** A match may be over, or nothing more is known. */
export const OPEN = 1
/** State in which the tables of behindsOf() begin. */
export const BEHIND_START = 2
/** Bytes that are looked at. */
const FAR = 128
/** Of `most`: all that is more than it looks at. */
export const MANY = FAR + 1
/** Of what takes many bytes so many are looked at for each byte since the last look, and a few more: close anchors do not look at all of it again. */
const SHARE = 2
const FEW = 8

/** A state of a table, in which it is `from` bytes behind the beginning of an anchor. */
export interface FollowStart {
  readonly state: number
  readonly from: number
}

/** From where an automaton is asked, and which way. */
export interface Look {
  readonly at: number
  readonly step: 1 | -1
  /** Bytes from the place where it was last asked. */
  readonly since: number
  /** What the answer was then. */
  readonly known?: Known | undefined
}

/** `answer`: of answerOf() at `at`. */
export interface Known {
  readonly at: number
  readonly answer: number
}

/**
 * Whether a match may go on with the bytes from `at` on, forwards or backwards, where the automaton is in the state `from`: after how many
 * bytes that is clear, as a negative number where no match may.
 */
export function answerOf({ classes, next, width, most }: Follow, from: number, bytes: Uint8Array, look: Look): number {
  const { step, known } = look
  const far = most < MANY ? most : Math.min(FAR, FEW + SHARE * look.since)
  let state = from
  let place = look.at
  for (let count = 0; count < far; count++, place += step) {
    if (place < 0 || place >= bytes.length) return count + 1
    if (known !== undefined && place === known.at && state === from) return further(known.answer, count, most)
    state = next[state * width + (classes[bytes[place] as number] as number)] as number
    if (state <= OPEN) return state === OPEN ? count + 1 : -count - 1
  }
  // A match would be over by now.
  return most === MANY ? far : -far
}

/** What an answer means `distance` bytes before the place where it was given. */
function further(answer: number, distance: number, most: number): number {
  if (answer < 0) return answer - distance
  return most < MANY && answer + distance > most ? -answer - distance : answer + distance
}
