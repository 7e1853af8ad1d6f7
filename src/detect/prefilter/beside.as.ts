// May a match of some rule stand round an anchor, by the bytes right beside it? Part of the prefilter's kernel. It asks what windows.ts
// asks, remembering less: what it leaves out would be left out there as well.

/** By anchor, u32: the number of its first use; the next anchor's first ends them. None: nothing is known beside it. */
let starts: usize = 0
/** Uses of USE bytes: see beside.ts. */
let uses: usize = 0
/** By automaton, u32: where its classes and its states are (from here), the number of classes, the most bytes it takes; then all of these. */
let automata: usize = 0
/** By number: 256 flags, u8 each. */
let boundaries: usize = 0

const USE: usize = 16
const HAS_FOLLOW: u32 = 1
const HAS_START: u32 = 2
const IS_RUN: u32 = 4
const OPEN: u32 = 1
const BEHIND_START: u32 = 2
/** Bytes that an automaton is asked about: so many for each byte since the anchor stood last, and a few more, so that close ones cost no more. */
const MOST_FAR: u32 = 128
const SHARE: u32 = 2
const FEW: u32 = 8
let far: u32 = 0
/** By anchor, u32: where it stood last, counted over all texts, so that nothing has to be set back. */
let lasts: usize = 0
let earlier: u32 = 0

export function setUpBeside(
  startsAt: usize,
  usesAt: usize,
  automataAt: usize,
  boundariesAt: usize,
  lastsAt: usize,
): void {
  lasts = lastsAt
  starts = startsAt
  uses = usesAt
  automata = automataAt
  boundaries = boundariesAt
}

/** Whether a match may go on with the bytes from `at` on, as answerOf() in pattern/follow.ts says. */
function mayTake(automaton: u32, from: u32, at: usize, step: isize, text: usize, end: usize): bool {
  const head = automata + ((automaton as usize) << 4)
  const classes = automata + (load<u32>(head) as usize)
  const next = automata + (load<u32>(head, 4) as usize)
  const width = load<u32>(head, 8)
  const most = load<u32>(head, 12)
  let state = from
  let place = at
  for (let count: u32 = 0; count < far; count++) {
    // A match would be over by now.
    if (count == most) return false
    if (place < text || place >= end) return true
    state = load<u8>(next + ((state * width + load<u8>(classes + (load<u8>(place) as usize))) as usize))
    if (state <= OPEN) return state == OPEN
    place += step
  }
  return true
}

@inline
function mayBegin(use: usize, begin: usize, text: usize, end: usize): bool {
  const count = load<u8>(use, 7) as usize
  for (let index: usize = 0; index < count; index++)
    if (!mayTake(load<u8>(use + index, 8), BEHIND_START, begin - 1, -1, text, end)) return false
  return true
}

/** Whether there is a place before the anchor at `at` where a match can begin. */
function hasBeginning(use: usize, flags: u32, at: usize, text: usize, end: usize): bool {
  const boundary = boundaries + ((load<u8>(use, 6) as usize) << 8)
  const lowest = max(text, at - (load<u8>(use, 5) as usize))
  for (let begin = at - (load<u8>(use, 4) as usize); begin >= lowest; begin--) {
    if (begin > text && load<u8>(boundary + (load<u8>(begin - 1) as usize)) == 1) continue
    if (mayBegin(use, begin, text, end)) return true
    if ((flags & IS_RUN) != 0) return false
  }
  return false
}

/** False: no rule that has this anchor can match round `at`. */
export function mayStand(anchor: u32, at: usize, text: usize, end: usize): bool {
  const place = starts + ((anchor as usize) << 2)
  const last = uses + (load<u32>(place, 4) as usize) * USE
  let use = uses + (load<u32>(place) as usize) * USE
  if (use == last) return true
  const now = earlier + ((at - text) as u32)
  const lastAt = lasts + ((anchor as usize) << 2)
  const since = now - load<u32>(lastAt)
  far = min(MOST_FAR, FEW + SHARE * min(MOST_FAR, min(since, 0 - since)))
  store<u32>(lastAt, now)
  for (; use < last; use += USE) {
    const flags = load<u8>(use) as u32
    if (
      (flags & HAS_FOLLOW) != 0 &&
      !mayTake(load<u8>(use, 3), load<u8>(use, 1), at + (load<u8>(use, 2) as usize), 1, text, end)
    )
      continue
    if ((flags & HAS_START) == 0 || hasBeginning(use, flags, at, text, end)) return true
  }
  return false
}

/** The next text begins: what stood in this one is behind it. */
export function passText(length: u32): void {
  earlier += length
}
