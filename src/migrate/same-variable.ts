// Entries of one variable that hang together: one does not move without the other.
import type { Candidate } from './candidates.js'

/**
 * Two entries of one variable for one service, also one that it has and does not read or that another overrides, or in one env file: moving
 * one alone would bring the other to the fore.
 */
export function sharesVariable(left: Candidate, right: Candidate): boolean {
  const apart = ['build-arg', 'image-env', 'copied-file', 'build-literal', 'run-literal', 'flag', 'other']
  if (left.variable !== right.variable || apart.includes(left.what) || apart.includes(right.what)) return false
  if (left.what === 'env-file' && left.value.file === right.value.file) return true
  const having = ({ services, unread = [], value }: Candidate) => [...services, ...unread, ...(value.namedBy ?? [])]
  const others = new Set(having(right))
  return having(left).some((service) => others.has(service))
}
