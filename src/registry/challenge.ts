// WWW-Authenticate (RFC 9110, section 11.6.1): one header may hold several challenges, each with parameters.

export interface Challenge {
  /** Lower case: "bearer", "basic", "negotiate" … */
  readonly scheme: string
  readonly parameters: Readonly<Record<string, string>>
}

const TOKEN = /[!#$%&'*+.^_`|~0-9A-Za-z-]+/y
const PARAMETER = /([!#$%&'*+.^_`|~0-9A-Za-z-]+)[ \t]*=[ \t]*(?:"((?:[^"\\]|\\.)*)"|([^\s,"]*))/y

function matchAt(pattern: RegExp, text: string, at: number): RegExpExecArray | null {
  pattern.lastIndex = at
  return pattern.exec(text)
}

/** The challenges of a header, in its order. Never throws: what cannot be read ends the list. */
export function parseChallenges(header: string): readonly Challenge[] {
  const challenges: { scheme: string; parameters: Record<string, string> }[] = []
  let at = 0
  while (at < header.length) {
    const skipped = /^[\s,]+/.exec(header.slice(at))
    if (skipped) at += skipped[0].length
    const parameter = matchAt(PARAMETER, header, at)
    const current = challenges.at(-1)
    if (parameter && current) {
      const [whole, name = '', quoted, bare] = parameter
      current.parameters[name.toLowerCase()] = quoted?.replace(/\\(.)/g, '$1') ?? bare ?? ''
      at += whole.length
      continue
    }
    const scheme = matchAt(TOKEN, header, at)
    if (!scheme) break
    challenges.push({ scheme: scheme[0].toLowerCase(), parameters: Object.create(null) as Record<string, string> })
    at += scheme[0].length
    at += tokenLength(header, at)
  }
  return challenges
}

/** Negotiate and its kin carry one bare base64 token instead of parameters; it is passed over. */
function tokenLength(header: string, at: number): number {
  return /^[ \t]+[A-Za-z0-9._~+/-]+=*(?=[ \t]*(?:,|$))/.exec(header.slice(at))?.[0].length ?? 0
}
