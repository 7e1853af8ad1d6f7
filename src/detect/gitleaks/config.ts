// The shape of a gitleaks configuration (TOML), read and checked; what its fields mean for us is in rules.ts.
import { dirname, isAbsolute, join } from 'node:path'
import { parse, TomlError } from 'smol-toml'
import { z } from 'zod'
import { RuleError } from '../../support/errors.js'

const texts = z.array(z.string()).default([])

const allowlist = z.object({
  condition: z.string().optional(),
  commits: texts,
  paths: texts,
  regexTarget: z.string().optional(),
  regexes: texts,
  stopwords: texts,
  targetRules: texts,
})

const rule = z.object({
  id: z.string().min(1),
  description: z.string().optional(),
  regex: z.string().optional(),
  path: z.string().optional(),
  secretGroup: z.number().int().min(0).optional(),
  entropy: z.number().optional(),
  keywords: texts.optional(),
  skipReport: z.boolean().optional(),
  allowlist: allowlist.optional(),
  allowlists: z.array(allowlist).optional(),
  required: z
    .array(z.object({ id: z.string(), withinLines: z.number().optional(), withinColumns: z.number().optional() }))
    .optional(),
})

const config = z.object({
  extend: z
    .object({ path: z.string().optional(), useDefault: z.boolean().optional(), disabledRules: texts })
    .optional(),
  rules: z.array(rule).default([]),
  allowlist: allowlist.optional(),
  allowlists: z.array(allowlist).optional(),
})

export type GitleaksAllowlist = z.infer<typeof allowlist>
export interface GitleaksRule extends z.infer<typeof rule> {
  /** Where it stands, for messages. */
  readonly origin: string
}

export interface GitleaksConfig {
  readonly rules: readonly GitleaksRule[]
  readonly allowlists: readonly GitleaksAllowlist[]
  /** It asks for gitleaks' own rules: then it needs none itself. */
  readonly useDefault: boolean
}

const HINT = 'secretscan reads the configuration of gitleaks 8; docs/rules.md says what is translated'
/** As in gitleaks: configurations that extend each other go no deeper. */
const MAX_EXTENDS = 2

/**
 * The configuration in `text`, with what it extends. `file` is for messages and for the place of `extend.path`, which `read` reads.
 * @throws RuleError naming file, line and what is wrong.
 */
export function readConfig(text: string, file: string, read: (path: string) => string, depth = 0): GitleaksConfig {
  const raw = parsed(text, file)
  const own: GitleaksRule[] = raw.rules.map((one) => ({ ...one, origin: `${file}:${lineOf(text, one.id)}` }))
  const allowlists = [...(raw.allowlists ?? []), ...(raw.allowlist === undefined ? [] : [raw.allowlist])]
  const { path, useDefault = false } = raw.extend ?? {}
  if (path === undefined) return { rules: own, allowlists, useDefault }
  if (depth >= MAX_EXTENDS) throw new RuleError(`${file}: it extends more than ${MAX_EXTENDS} files`, { hint: HINT })
  const place = isAbsolute(path) ? path : join(dirname(file), path)
  const base = readConfig(read(place), place, read, depth + 1)
  return {
    rules: merged(
      base.rules.filter(({ id }) => raw.extend?.disabledRules.includes(id) !== true),
      own,
    ),
    allowlists: [...base.allowlists, ...allowlists],
    useDefault: useDefault || base.useDefault,
  }
}

function parsed(text: string, file: string): z.infer<typeof config> {
  let raw: unknown
  try {
    raw = parse(text)
  } catch (error) {
    if (!(error instanceof TomlError)) throw error
    throw new RuleError(`${file}:${error.line}: ${error.message.split('\n')[0]}`, { hint: HINT })
  }
  const result = config.safeParse(raw)
  if (result.success) return result.data
  const [issue] = result.error.issues
  const [, index] = issue?.path ?? []
  const rules = (raw as { rules?: readonly { id?: unknown }[] }).rules
  let where = file
  if (typeof index === 'number' && Array.isArray(rules)) {
    const id: unknown = rules[index]?.id
    if (id === undefined)
      throw new RuleError(`${file}:${lineOfRule(text, index)}: rule ${index + 1} has no id`, { hint: HINT })
    where = `${file}:${lineOf(text, String(id))}: rule ${String(id)}`
  }
  throw new RuleError(
    `${where}: ${issue?.path.filter((part) => part !== 'rules' && part !== index).join('.')}: ${issue?.message}`,
    {
      hint: HINT,
    },
  )
}

/** The line on which the rule's id is given; 1 where it cannot be told. */
function lineOf(text: string, id: string): number {
  const line = text.split('\n').findIndex((one) => /^\s*id\s*=/.test(one) && one.includes(id))
  return Math.max(0, line) + 1
}

/** The line on which the rule of that number, from 0, begins; 1 where it cannot be told. */
function lineOfRule(text: string, index: number): number {
  const heads = text.split('\n').flatMap((one, line) => (/^\s*\[\[\s*rules\s*\]\]/.test(one) ? [line + 1] : []))
  return heads[index] ?? 1
}

/** A rule of the same id replaces the fields that it gives, and adds its keywords and allowlists. */
function merged(base: readonly GitleaksRule[], own: readonly GitleaksRule[]): readonly GitleaksRule[] {
  const rules = new Map(base.map((one) => [one.id, one]))
  for (const one of own) {
    const known = rules.get(one.id)
    const given = Object.fromEntries(Object.entries(one).filter(([, value]) => value !== undefined))
    rules.set(
      one.id,
      known === undefined
        ? one
        : {
            ...known,
            ...(given as unknown as GitleaksRule),
            keywords: [...(known.keywords ?? []), ...(one.keywords ?? [])],
            allowlists: [...(known.allowlists ?? []), ...(one.allowlists ?? [])],
          },
    )
  }
  return [...rules.values()]
}
