// A message to a Slack incoming webhook (and to what takes the same form: Mattermost, Rocket.Chat).
import type { SlackChannel } from '../channels.js'
import type { NotificationPayload } from '../payload.js'
import { findingWords, restText, totalsText } from '../wording.js'
import { addressOf, postJson } from './post.js'
import type { Sender } from './types.js'

/** Characters in the text of one block (Slack, "Block Kit: section"). */
const LONGEST_TEXT = 3000

/** Slack's three control characters (api.slack.com, "Formatting text"); backticks would end a code span. */
function escaped(text: string): string {
  return text.replaceAll('&', '&amp;').replaceAll('<', '&lt;').replaceAll('>', '&gt;').replaceAll('`', "'")
}

function section(text: string) {
  return { type: 'section', text: { type: 'mrkdwn', text: text.slice(0, LONGEST_TEXT) } }
}

/** The message: a head, one block a finding, and where the rest is. */
function slackMessage(payload: NotificationPayload): Readonly<Record<string, unknown>> {
  const title = totalsText(payload)
  const blocks = payload.findings.map((finding) => {
    const { head, lines } = findingWords(finding)
    return section(`*${escaped(head).replaceAll('*', '∗')}*\n${lines.map((line) => `\`${escaped(line)}\``).join('\n')}`)
  })
  return {
    text: title,
    blocks: [
      { type: 'header', text: { type: 'plain_text', text: title } },
      ...blocks,
      section(escaped(restText(payload))),
    ],
  }
}

export const sendSlack: Sender<SlackChannel> = async (channel, payload, context) => {
  const url = await addressOf(channel.address)
  if (!(url instanceof URL)) return url
  return postJson(url, JSON.stringify(slackMessage(payload)), {}, channel.ca, context)
}
