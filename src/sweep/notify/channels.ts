// The `notify` part of sweep.yaml: where the news of a sweep go. Shapes and defaults only; sending is in deliver.ts and senders/.
import { resolve } from 'node:path'
import { z } from 'zod'
import type { Severity } from '../../detect/types.js'

const path = z.string().min(1)
const address = z
  .string()
  .regex(/^[^\s<>@,;]+@[^\s<>@,;]+$/, 'must be a plain e-mail address')
  .describe('A plain address: user@host')

const webhook = z.strictObject({
  url: z
    .url({ protocol: /^https?$/, error: 'must be an http or https address' })
    .optional()
    .describe('Where the JSON payload is posted'),
  urlFile: path.optional().describe('A file that holds the address, where it is a secret itself'),
  secretFile: path.describe('A file that holds the key of the signature (HMAC-SHA-256)'),
  ca: path.optional().describe('Certificate authorities of the host (PEM)'),
})

const slack = z.strictObject({
  url: z
    .url({ protocol: /^https?$/, error: 'must be an http or https address' })
    .optional()
    .describe("The incoming webhook's address; better in a file"),
  urlFile: path.optional().describe("A file that holds the incoming webhook's address"),
  ca: path.optional().describe('Certificate authorities of the host (PEM)'),
})

const smtp = z.strictObject({
  host: z.string().min(1),
  port: z.int().min(1).max(65535).default(587),
  security: z
    .enum(['starttls', 'tls', 'none'])
    .default('starttls')
    .describe('"none" is for a mail server on this machine only'),
  username: z.string().min(1).optional(),
  passwordFile: path.optional(),
  from: address,
  to: z.array(address).min(1).max(50),
  ca: path.optional().describe('Certificate authorities of the host (PEM)'),
})

const command = z.strictObject({
  run: z
    .array(z.string())
    .min(1)
    .describe('Program and arguments; no shell is involved. The payload is on standard input'),
  timeoutSeconds: z.int().min(1).max(3600).default(60),
})

/** One entry of `notify`, as it is written. */
const notifyEntry = z
  .strictObject({
    name: z
      .string()
      .regex(/^[a-z0-9][a-z0-9-]{0,39}$/, 'must be lower-case letters, digits and hyphens')
      .optional()
      .describe('Tells channels apart; give one where two are of the same kind (default: the kind)'),
    minSeverity: z.enum(['critical', 'high', 'medium', 'low']).default('low'),
    uncertain: z
      .enum(['give-up', 'resend'])
      .default('give-up')
      .describe('After an interruption while sending: "give-up" never sends twice, "resend" never loses a message'),
    webhook: webhook.optional(),
    slack: slack.optional(),
    smtp: smtp.optional(),
    command: command.optional(),
  })
  .superRefine((entry, context) => {
    const kinds = CHANNEL_KINDS.filter((kind) => entry[kind] !== undefined)
    if (kinds.length !== 1)
      context.addIssue({ code: 'custom', message: `must have exactly one of ${CHANNEL_KINDS.join(', ')}` })
    for (const kind of ['webhook', 'slack'] as const) {
      const place = entry[kind]
      if (place !== undefined && (place.url === undefined) === (place.urlFile === undefined))
        context.addIssue({ code: 'custom', path: [kind], message: 'must have one of url and urlFile' })
    }
    if (entry.smtp !== undefined && (entry.smtp.username === undefined) !== (entry.smtp.passwordFile === undefined))
      context.addIssue({
        code: 'custom',
        path: ['smtp'],
        message: 'must have both of username and passwordFile, or none',
      })
  })

const CHANNEL_KINDS = ['webhook', 'slack', 'smtp', 'command'] as const

/** The list `notify`. Two entries of one kind need names. */
export const notifyEntries = z.array(notifyEntry).superRefine((entries, context) => {
  const names = entries.map(nameOf)
  for (const [index, name] of names.entries()) {
    if (names.indexOf(name) !== index)
      context.addIssue({
        code: 'custom',
        path: [index],
        message: `is another channel named "${name}": give it a name of its own`,
      })
  }
})

export type NotifyEntry = z.infer<typeof notifyEntry>

interface ChannelBase {
  /** Stands in the outbox: what was meant for a channel goes to the channel of that name. */
  readonly name: string
  readonly minSeverity: Severity
  readonly uncertain: 'give-up' | 'resend'
}

/** An address that may be a secret: either itself (from sweep.yaml) or the file that holds it. */
export type AddressSource = { readonly url: string } | { readonly urlFile: string }

export interface WebhookChannel extends ChannelBase {
  readonly kind: 'webhook'
  readonly address: AddressSource
  readonly secretFile: string
  readonly ca?: string
}

export interface SlackChannel extends ChannelBase {
  readonly kind: 'slack'
  readonly address: AddressSource
  readonly ca?: string
}

export interface SmtpChannel extends ChannelBase {
  readonly kind: 'smtp'
  readonly host: string
  readonly port: number
  readonly security: 'starttls' | 'tls' | 'none'
  readonly login?: { readonly username: string; readonly passwordFile: string }
  readonly from: string
  readonly to: readonly string[]
  readonly ca?: string
}

export interface CommandChannel extends ChannelBase {
  readonly kind: 'command'
  readonly run: readonly [string, ...string[]]
  readonly timeoutSeconds: number
  /** Where it is run: the folder of sweep.yaml. */
  readonly folder: string
}

export type NotifyChannel = WebhookChannel | SlackChannel | SmtpChannel | CommandChannel

function nameOf(entry: NotifyEntry): string {
  return entry.name ?? CHANNEL_KINDS.find((kind) => entry[kind] !== undefined) ?? 'unknown'
}

function addressOf(
  entry: { readonly url?: string | undefined; readonly urlFile?: string | undefined },
  folder: string,
) {
  return entry.urlFile === undefined ? { url: entry.url ?? '' } : { urlFile: resolve(folder, entry.urlFile) }
}

function smtpOf(entry: NonNullable<NotifyEntry['smtp']>, base: ChannelBase, folder: string): SmtpChannel {
  const { host, port, security, username, passwordFile, from, to, ca } = entry
  return {
    ...base,
    kind: 'smtp',
    host,
    port,
    security,
    from,
    to,
    ...(username === undefined || passwordFile === undefined
      ? {}
      : { login: { username, passwordFile: resolve(folder, passwordFile) } }),
    ...(ca === undefined ? {} : { ca: resolve(folder, ca) }),
  }
}

/** A checked entry as a channel; relative paths are against `folder`, that of sweep.yaml. */
export function channelOf(entry: NotifyEntry, folder: string): NotifyChannel {
  const base: ChannelBase = { name: nameOf(entry), minSeverity: entry.minSeverity, uncertain: entry.uncertain }
  if (entry.smtp !== undefined) return smtpOf(entry.smtp, base, folder)
  if (entry.command !== undefined) {
    const [program = '', ...args] = entry.command.run
    const run = [program.includes('/') ? resolve(folder, program) : program, ...args] as const
    return { ...base, kind: 'command', run, timeoutSeconds: entry.command.timeoutSeconds, folder }
  }
  const place = entry.webhook ?? entry.slack ?? {}
  const common = {
    ...base,
    address: addressOf(place, folder),
    ...(place.ca === undefined ? {} : { ca: resolve(folder, place.ca) }),
  }
  if (entry.webhook !== undefined)
    return { ...common, kind: 'webhook', secretFile: resolve(folder, entry.webhook.secretFile) }
  return { ...common, kind: 'slack' }
}
