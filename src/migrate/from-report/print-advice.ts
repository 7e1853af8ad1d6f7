// What is said of a report's images where there is a Dockerfile and no project to plan for.
import { afterwardsLines, asItIs, BY_HAND, type Flow, leftLines, noteLines } from '../print-plan.js'
import type { DockerfileAdvice } from './dockerfile-advice.js'

/** For people. */
export function renderAdvice({ left, notes, afterwards }: DockerfileAdvice, flow: Flow = asItIs): string {
  if (left.length === 0) return 'The report has no finding: nothing is to be changed.\n'
  const lines = [
    flow('There is no Compose file here, so nothing is moved. What the images hold, and what to change by hand:', 0),
    ...leftLines(left, flow),
    ...(notes.length === 0 ? [] : ['', 'Notes:', ...noteLines(notes, flow)]),
    ...(afterwards.length === 0 ? [] : ['', BY_HAND, ...afterwardsLines(afterwards, flow)]),
  ]
  return `${lines.join('\n')}\n`
}
