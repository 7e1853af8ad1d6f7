// Who issues a value, if a rule knows it: where the old one is revoked. A value that somebody else issues cannot be made up.
import { type RuleSet, ruleSummaries } from '../../detect/rule-set.js'
import { scanStrings } from '../../scan/scan-strings.js'
import { openSession } from '../../scan/session.js'
import type { Secret } from '../../support/secret.js'

export interface Issuer {
  readonly title: string
  /** A sentence with the provider's page. */
  readonly remediation: string
}

const PAGE = /https:\/\//

/** undefined where no rule knows the value, or its rule names no page. */
export async function issuerOf(name: string, value: Secret, rules: RuleSet): Promise<Issuer | undefined> {
  const session = await openSession(
    { rules, maxDecodeDepth: 0, maxArchiveDepth: 0, showSecrets: false, cache: false, cacheMaxSize: 0 },
    1,
  )
  try {
    const text = Buffer.from(value.reveal())
    const { findings } = await scanStrings([{ place: { kind: 'env', index: 0 }, text, name }], session.pool)
    const titles = ruleSummaries(rules)
    for (const { ruleId, confidence, allowed } of findings) {
      const rule = titles.get(ruleId)
      if (confidence === 'low' || allowed !== undefined || rule === undefined) continue
      if (PAGE.test(rule.remediation)) return { title: rule.title, remediation: rule.remediation }
    }
    return undefined
  } finally {
    await session.close()
  }
}
