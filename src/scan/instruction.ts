// An image's history line, brought to the form that goes into a fingerprint: the same from the classic builder and from BuildKit.
import { maskValues } from './redact.js'

/**
 * The tag of a guessable value in a history line without a key: the instruction with every found value cut out, without what builders
 * put round it ("/bin/sh -c", "#(nop)", "# buildkit").
 */
export function instructionTag(instruction: string, values: readonly string[]): string {
  return maskValues(instruction, values)
    .replaceAll('****', '')
    .replace(/^\s*(?:RUN\s+)?\/bin\/sh -c\s+(?:#\(nop\)\s*)?/, '')
    .replace(/\s*# buildkit\s*$/, '')
    .replace(/\s+/g, ' ')
    .trim()
}
