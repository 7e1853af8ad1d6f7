// The payload as signed JSON to a web address.
import { createHmac } from 'node:crypto'
import { printable } from '../../../support/printable.js'
import type { WebhookChannel } from '../channels.js'
import { addressOf, postJson, readSecretFile } from './post.js'
import type { Sender } from './types.js'

/** A shorter key could be guessed from one signed message. */
const SHORTEST_KEY = 16

/**
 * "sha256=" and the hexadecimal HMAC-SHA-256, under the key's UTF-8 bytes, of TIMESTAMP, a full stop and the body. The timestamp is
 * signed too, so that an old message cannot be sent again as a new one.
 */
function signatureOf(key: string, timestamp: string, body: string): string {
  return `sha256=${createHmac('sha256', key).update(`${timestamp}.${body}`).digest('hex')}`
}

export const sendWebhook: Sender<WebhookChannel> = async (channel, payload, context) => {
  const key = await readSecretFile(channel.secretFile)
  if (typeof key !== 'string') return key
  if (key.length < SHORTEST_KEY)
    return {
      result: 'failed',
      reason: `The key in ${printable(channel.secretFile)} is shorter than ${SHORTEST_KEY} characters.`,
    }
  const url = await addressOf(channel.address)
  if (!(url instanceof URL)) return url
  const body = JSON.stringify(payload)
  const timestamp = String(Math.floor(context.now().getTime() / 1000))
  const headers = {
    'x-secretscan-event': payload.event,
    'x-secretscan-delivery': payload.delivery,
    'idempotency-key': payload.delivery,
    'x-secretscan-timestamp': timestamp,
    'x-secretscan-signature': signatureOf(key, timestamp, body),
  }
  return postJson(url, body, headers, channel.ca, context)
}
