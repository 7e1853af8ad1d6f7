// What a notification says: the JSON that webhooks and commands get (docs/schemas/notification.schema.json) and that e-mail and Slack
// are written from. Masked forms only; names from images are as they are, whoever shows them makes them printable.
import { z } from 'zod'

const severity = z.enum(['critical', 'high', 'medium', 'low'])

const newFinding = z.strictObject({
  fingerprint: z.string(),
  ruleId: z.string(),
  title: z.string(),
  severity,
  confidence: z.enum(['high', 'medium', 'low']),
  secret: z.strictObject({
    redacted: z.string().describe('The masked form; "****" alone for a guessable value'),
    guessable: z.boolean(),
  }),
  place: z.string().describe('Where in the image: a path with its position, a variable …'),
  instruction: z.string().optional().describe('The instruction that made the layer, masked'),
  exposure: z.enum(['final', 'deleted', 'overwritten', 'metadata']).optional(),
  images: z.array(z.string()).describe('Some of the images that hold it: HOST/REPOSITORY:TAG'),
  imageCount: z.int().min(0).describe('How many images hold it'),
})

/** One notification. Fields are added, never changed. */
export const notificationPayload = z.strictObject({
  schemaVersion: z.literal(1),
  event: z.literal('sweep.new-findings'),
  delivery: z.string().describe('The same at every attempt to send this notification: whoever has seen it can drop it'),
  channel: z.string(),
  sweep: z.strictObject({
    id: z.int(),
    trigger: z.string(),
    status: z.string(),
    startedAt: z.iso.datetime(),
    finishedAt: z.iso.datetime(),
  }),
  batch: z.strictObject({ number: z.int().min(1), of: z.int().min(1) }),
  totals: z
    .strictObject({
      new: z.int().describe('Findings that no earlier sweep had and nobody has acknowledged'),
      critical: z.int(),
      high: z.int(),
      medium: z.int(),
      low: z.int(),
      listed: z.int().describe('How many of them the batches list, worst first'),
    })
    .describe("Of the whole sweep, at or above the channel's minSeverity"),
  findings: z.array(newFinding),
})

export type NotificationPayload = z.infer<typeof notificationPayload>
export type NewFinding = z.infer<typeof newFinding>

/** The published JSON Schema of a notification. */
export function notificationSchema(): Readonly<Record<string, unknown>> {
  const { $schema, ...schema } = z.toJSONSchema(notificationPayload, { target: 'draft-2020-12' })
  return { $schema, title: 'secretscan notification of new findings', ...schema }
}
