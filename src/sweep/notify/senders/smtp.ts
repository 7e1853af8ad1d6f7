// An e-mail by SMTP (RFC 5321). The library is loaded when there is something to send.
import { hostname } from 'node:os'
import { Readable } from 'node:stream'
import { rootCertificates } from 'node:tls'
import type SMTPConnection from 'nodemailer/lib/smtp-connection'
import { printable } from '../../../support/printable.js'
import type { SmtpChannel } from '../channels.js'
import type { NotificationPayload } from '../payload.js'
import { findingWords, restText, totalsText } from '../wording.js'
import { unreachedText } from './failure-words.js'
import { readSecretFile } from './post.js'
import type { Outcome, Sender } from './types.js'

/** ms */
const TIMEOUT = 20_000
const THIS_MACHINE = /^(?:localhost|127(?:\.\d{1,3}){3}|::1|\[::1\])$/i

/** Subject and text. Each batch is a message of its own. */
function mailText(payload: NotificationPayload): { readonly subject: string; readonly text: string } {
  const { batch, sweep } = payload
  const part = batch.of > 1 ? ` (${batch.number} of ${batch.of})` : ''
  const findings = payload.findings.flatMap((finding) => {
    const { head, lines } = findingWords(finding)
    return [head, ...lines.map((line) => `    ${line}`), '']
  })
  const text = [
    `Sweep ${sweep.id} ended at ${sweep.finishedAt} (${sweep.status}) with ${totalsText(payload)}.`,
    '',
    ...findings,
    restText(payload),
    '',
  ].join('\n')
  return { subject: `[secretscan] ${totalsText(payload)}${part}`, text }
}

/** The message's bytes. Its Message-ID is the delivery's, so that a mail system can tell it was there before. */
async function compose(channel: SmtpChannel, payload: NotificationPayload, date: Date): Promise<Buffer> {
  const { default: MailComposer } = await import('nodemailer/lib/mail-composer')
  const composer = new MailComposer({
    from: channel.from,
    to: [...channel.to],
    ...mailText(payload),
    date,
    messageId: `<${payload.delivery}@${channel.from.split('@')[1]}>`,
    headers: { 'Auto-Submitted': 'auto-generated', 'X-Secretscan-Delivery': payload.delivery },
    disableFileAccess: true,
    disableUrlAccess: true,
  })
  return composer.compile().build()
}

interface SmtpError extends Error {
  readonly code?: string
  readonly responseCode?: number
}

/** Some of several recipients were refused, for good or for now: the message went to the others, and is not sent to them again. */
function refusedRecipients(
  host: string,
  { rejectedErrors = [] }: SMTPConnection.SentMessageInfo,
): Omit<Extract<Outcome, { result: 'sent' }>, 'result'> {
  const later = rejectedErrors.filter(({ responseCode = 0 }) => responseCode >= 400 && responseCode < 500)
  const refused = rejectedErrors.filter((error) => !later.includes(error))
  const sentence = (errors: typeof rejectedErrors): string => {
    const names = errors.map(({ recipient, responseCode }) =>
      printable(`${recipient}${responseCode === undefined ? '' : ` (${responseCode})`}`),
    )
    return `The mail server ${host} does not take ${names.join(', ')}; the other recipients have the message.`
  }
  const recipients = later.flatMap(({ recipient }) => recipient ?? [])
  return {
    ...(refused.length === 0 ? {} : { without: sentence(refused) }),
    ...(recipients.length === 0 ? {} : { later: { recipients, reason: sentence(later) } }),
  }
}

/** `dataBegun`: the server had asked for the message, so it may have taken it. */
function outcomeOfError(host: string, error: SmtpError, dataBegun: boolean): Outcome {
  const { code, responseCode } = error
  const server = `The mail server ${host}`
  const reason =
    responseCode === undefined
      ? unreachedText(server, code ?? error.name, TIMEOUT / 1000)
      : `${server} answers with ${responseCode}.`
  // A password can be put right, an address that the server does not take cannot.
  if (responseCode !== undefined)
    return { result: responseCode >= 500 && code !== 'EAUTH' ? 'refused' : 'failed', reason }
  return dataBegun ? { result: 'uncertain', reason } : { result: 'failed', reason }
}

interface TransferOptions {
  readonly password?: string
  readonly ca?: string
  readonly recipients: readonly string[]
}

async function transfer(
  channel: SmtpChannel,
  { password, ca, recipients }: TransferOptions,
  message: Buffer,
): Promise<Outcome> {
  const { default: Connection } = await import('nodemailer/lib/smtp-connection')
  const connection = new Connection({
    host: channel.host,
    port: channel.port,
    secure: channel.security === 'tls',
    requireTLS: channel.security === 'starttls',
    ignoreTLS: channel.security === 'none',
    name: hostname(),
    connectionTimeout: TIMEOUT,
    greetingTimeout: TIMEOUT,
    socketTimeout: TIMEOUT,
    logger: false,
    tls: {
      minVersion: 'TLSv1.2',
      ...(ca === undefined ? {} : { ca: [...rootCertificates, ca] }),
    },
  })
  let dataBegun = false
  const body = new Readable({
    read() {
      // The connection reads its first byte when the server has answered DATA with 354.
      dataBegun = true
      this.push(message)
      this.push(null)
    },
  })
  const { login } = channel
  return new Promise((resolve) => {
    const fail = (error: Error): void => {
      connection.close()
      resolve(outcomeOfError(channel.host, error, dataBegun))
    }
    const send = (): void => {
      connection.send({ from: channel.from, to: [...recipients] }, body, (error, sent) => {
        if (error) return fail(error)
        connection.quit()
        resolve({ result: 'sent', ...refusedRecipients(channel.host, sent) })
      })
    }
    connection.on('error', fail)
    connection.connect((error) => {
      if (error) return fail(error)
      if (login === undefined || password === undefined) return send()
      connection.login({ credentials: { user: login.username, pass: password } }, (refused) =>
        refused ? fail(refused) : send(),
      )
    })
  })
}

export const sendMail: Sender<SmtpChannel> = async (channel, payload, context) => {
  if (channel.security === 'none' && !THIS_MACHINE.test(channel.host))
    return { result: 'failed', reason: `${channel.host} is another machine: mail goes there with TLS only.` }
  const password = channel.login === undefined ? undefined : await readSecretFile(channel.login.passwordFile)
  if (typeof password === 'object') return password
  const ca = channel.ca === undefined ? undefined : await readSecretFile(channel.ca)
  if (typeof ca === 'object') return ca
  const { recipients = channel.to } = context
  const options = { recipients, ...(password === undefined ? {} : { password }), ...(ca === undefined ? {} : { ca }) }
  return transfer(channel, options, await compose(channel, payload, context.now()))
}
