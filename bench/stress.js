// Can a file make a rule slow? For each rule, hostile inputs are made out of its own pattern (a match cut short, its keyword again and
// again, each repeat at its longest) and run at two lengths. Prints ms per MB, without what real matches cost, and how the time grows;
// exits with 1 where a rule takes more than 50 ms per MB, or more than linear time.
// Usage: node bench/stress.js [RULE-ID ...]     (after `npm run build`)
import { gunzipSync, gzipSync } from 'node:zlib'
import { createTextDetector } from '../dist/detect/detector.js'
import { readMarks } from '../dist/detect/marks.js'
import { parsePattern } from '../dist/detect/pattern/tree.js'
import { loadRuleSet, ruleSetOf } from '../dist/detect/rule-set.js'

const SHORT = 64_000
const LONG = 256_000
const MOST_PER_MB = 50
/** Four times the bytes may take four times as long; the rest is for noise. */
const MOST_GROWTH = 6
/** ms per MB below which growth is noise. */
const SMALL = 20
/**
 * ms per MB of a short text above which a long one is tried: what grows with the square of the text, or slower, and takes too long for the
 * long text takes more than this for the short one.
 */
const SUSPICIOUS = (MOST_PER_MB * SHORT) / LONG
/** ms that the clock tells apart. */
const MEASURABLE = 1
/** ms that it takes to judge a match, report it and look for its parts: a file full of secrets is slow for good reason. */
const A_MATCH = 0.02
/** ms that it takes to judge a match that is then dismissed: a placeholder, code, the name of something. */
const A_DISMISSAL = 0.002
const LONGEST_REPEAT = 300
const RUNS = 3
const RUNS_OF_A_SUSPECT = 12
/** MB a second that gunzipSync gives of such text on an idle processor like that of docs/performance.md. */
const GUNZIP = 450

/** A text that `node` matches, with repeats `stretch` times (within their bounds), and bytes picked by `pick`. */
function spell(node, stretch, pick) {
  switch (node.type) {
    case 'byte':
      return pick(node.set)
    case 'sequence':
      return node.items.map((item) => spell(item, stretch, pick)).join('')
    case 'choice':
      return spell(node.options[node.options.length - 1], stretch, pick)
    case 'repeat': {
      const times = Math.max(node.min, Math.min(node.max, stretch))
      return Array.from({ length: Math.min(times, LONGEST_REPEAT) }, () => spell(node.item, stretch, pick)).join('')
    }
    default:
      return ''
  }
}

const preferring = (characters) => (set) => {
  const wanted = [...characters].find((character) => set[character.charCodeAt(0)] === 1)
  return wanted ?? String.fromCharCode(Math.max(0, set.indexOf(1)))
}

function* hostileUnits(rule) {
  const tree = parsePattern(rule.pattern, rule.flags)
  for (const stretch of [1, 40, LONGEST_REPEAT]) {
    for (const pick of [preferring('aA0-_.'), preferring(' \t"\'=:'), preferring('0aA')]) {
      const whole = spell(tree, stretch, pick)
      yield whole
      yield whole.slice(0, -1)
      yield `${whole.slice(0, whole.length >> 1)} `
    }
  }
  for (const keyword of rule.keywords) {
    yield keyword
    yield `${keyword} `
    yield `${keyword}="`
    yield `${keyword}: ${'a'.repeat(100)}`
    yield `${keyword}${' '.repeat(50)}`
    yield `${keyword}${'a1'.repeat(40)}`
    yield `a.${keyword}-`
  }
  for (const { text } of [...rule.examples, ...rule.counterexamples]) yield `${readMarks(text).text.slice(0, -1)}\n`
}

function filled(unit, size) {
  return Buffer.from(unit.repeat(Math.ceil(size / unit.length)).slice(0, size), 'latin1')
}

const scan = (detector, bytes) => detector.scan({ bytes, offset: 0, last: true, path: 'app/config.env' }).matches

/**
 * ms that the rule's matches are worth which are judged and dismissed; their parts have been looked for, too.
 */
function dismissals({ pattern, flags = '', requires }, detector, bytes) {
  const expression = new RegExp(pattern, `gm${flags.replace('m', '')}`)
  const all = Array.from(bytes.toString('latin1').matchAll(expression)).length
  return Math.max(0, all - scan(detector, bytes).length) * (requires === undefined ? A_DISMISSAL : A_MATCH)
}

/**
 * ms that a scan takes at most, without its reported matches' own: by the clock or by all threads' processor time, what is less, since what
 * else the machine does and compilers on other threads only add. `share`: see speed().
 */
function milliseconds(detector, bytes, share) {
  const [clock, processor] = [performance.now(), process.cpuUsage()]
  const matches = scan(detector, bytes)
  const passed = performance.now() - clock
  const { user, system } = process.cpuUsage(processor)
  const found = matches.reduce((sum, { parts }) => sum + 1 + parts.length, 0)
  return Math.max(0, Math.min(passed, (user + system) / 1e3) * share - found * A_MATCH)
}

/** The least of up to `runs`, until it is `enough`. */
function least(runs, enough, measure) {
  let best = Number.POSITIVE_INFINITY
  for (let run = 0; run < runs && !enough(best); run++) best = Math.min(best, measure())
  return best
}

const isSlow = ({ perMB, growth }) => perMB > MOST_PER_MB || (perMB > SMALL && growth > MOST_GROWTH)

const PACKED = gzipSync(Buffer.from(Array.from({ length: 100_000 }, (_, i) => `line ${i} of ${i * 7919}\n`).join('')))

/** How fast this machine is now, as a share of the one that the limit is meant for, by gunzip; at most 1. */
function speed() {
  let most = 0
  for (let run = 0; run < 5; run++) {
    const before = process.cpuUsage()
    const bytes = gunzipSync(PACKED).length
    const { user, system } = process.cpuUsage(before)
    most = Math.max(most, bytes / (user + system))
  }
  return Math.min(1, most / GUNZIP)
}

/** How long the unit's texts take: ms per MB, and how much longer the long one takes than the short one. */
function measured(rule, detector, unit, runs = RUNS, share = 1) {
  const bytes = filled(unit, LONG)
  const start = bytes.subarray(0, SHORT)
  const suspicious = (SUSPICIOUS * SHORT) / 1e6
  const all = least(
    runs,
    (ms) => ms <= suspicious,
    () => milliseconds(detector, start, share),
  )
  const dismissed = all <= suspicious ? 0 : dismissals(rule, detector, start)
  const short = Math.max(0, all - dismissed)
  if (short <= suspicious) return { perMB: (short / SHORT) * 1e6, growth: 4, unit }
  const result = (ms) => ({ perMB: (ms / LONG) * 1e6, growth: short < MEASURABLE ? 4 : ms / short, unit })
  return result(
    least(
      runs,
      (ms) => !isSlow(result(ms)),
      () => Math.max(0, milliseconds(detector, bytes, share) - (dismissed * LONG) / SHORT),
    ),
  )
}

/** The slowest of a rule's hostile texts. What seems slow is measured with more runs, and against what else this machine is busy with. */
function worstOf(rule) {
  // A set of its own digest: what the build has prepared for all rules would number others.
  const detector = createTextDetector(ruleSetOf([rule]), { maxDecodeDepth: 0, deadlineMs: 60_000 })
  let worst = { perMB: 0, growth: 0, unit: '' }
  for (const unit of new Set([...hostileUnits(rule)].filter((text) => text !== ''))) {
    const first = measured(rule, detector, unit)
    const sure = isSlow(first) ? measured(rule, detector, unit, RUNS_OF_A_SUSPECT, speed()) : first
    if (rank(sure) > rank(worst)) worst = sure
  }
  if (isSlow(worst)) console.log(lineOf({ id: rule.id, ...worst }))
  return { id: rule.id, ...worst }
}

const rank = (result) => result.perMB + (isSlow(result) ? 1e6 : 0)

const lineOf = ({ id, perMB, growth, unit }) =>
  `${perMB.toFixed(1).padStart(8)} ms/MB  x${growth.toFixed(1).padEnd(5)} ${id}  ${JSON.stringify(unit.slice(0, 60))}`

const only = process.argv.slice(2)
const all = await loadRuleSet({ packs: [], defaults: true, only, skip: [] })
const rules = all.rules.filter(({ pattern }) => pattern !== undefined)
// What a busy machine does to one rule for seconds it does not do to it again at the end.
const results = rules.map(worstOf).map((result, index) => (isSlow(result) ? worstOf(rules[index]) : result))
results.sort((a, b) => rank(b) - rank(a))
console.log('The slowest:')
for (const result of results.slice(0, 10)) console.log(`${isSlow(result) ? 'SLOW' : '    '} ${lineOf(result)}`)
const slow = results.filter(isSlow).length
const { user, system } = process.cpuUsage()
console.log(`${results.length} rules, ${slow} slow, ${((user + system) / 1e6).toFixed(0)} s of processor time`)
process.exitCode = slow === 0 ? 0 : 1
