// The senders by the channel's kind: a new one is a file and a line here, and its shape in channels.ts.
import type { NotifyChannel } from '../channels.js'
import type { NotificationPayload } from '../payload.js'
import { sendCommand } from './command.js'
import { sendSlack } from './slack.js'
import { sendMail } from './smtp.js'
import type { Outcome, SendContext } from './types.js'
import { sendWebhook } from './webhook.js'

/** Sends one notification, once. */
export function send(channel: NotifyChannel, payload: NotificationPayload, context: SendContext): Promise<Outcome> {
  switch (channel.kind) {
    case 'webhook':
      return sendWebhook(channel, payload, context)
    case 'slack':
      return sendSlack(channel, payload, context)
    case 'smtp':
      return sendMail(channel, payload, context)
    case 'command':
      return sendCommand(channel, payload, context)
  }
}
