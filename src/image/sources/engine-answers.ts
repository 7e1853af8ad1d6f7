// Answers of an engine that are read to their end: bounded, and an error where they break off. dockerode's own reading has no bound, and
// never ends where the engine goes away in the middle of an answer.
import type { IncomingMessage } from 'node:http'
import type Docker from 'dockerode'
import { LimitExceededError } from '../../support/errors.js'

/** Bytes; the list of all images of a build machine has a few millions. */
const ANSWER_SIZE = 64 * 1024 * 1024

/** The whole body. @throws LimitExceededError, and the stream's error where it breaks off. */
export async function wholeAnswer(answer: IncomingMessage): Promise<Buffer> {
  const chunks: Buffer[] = []
  let size = 0
  for await (const chunk of answer) {
    size += (chunk as Buffer).length
    if (size > ANSWER_SIZE) {
      throw new LimitExceededError(`The engine answers with more than ${ANSWER_SIZE} bytes.`, {
        hint: 'See whether it is an engine at all that listens there.',
      })
    }
    chunks.push(chunk as Buffer)
  }
  return Buffer.concat(chunks)
}

/** Makes every call of `docker` that gives a value read its answer so; calls that give a stream stay as they are. */
export function withWholeAnswers(docker: Docker): Docker {
  const { modem } = docker
  const dial = modem.dial.bind(modem)
  modem.dial = (request, callback) => {
    const givesStream = request.isStream === true || request.hijack === true || request.openStdin === true
    if (givesStream || callback === undefined) {
      dial(request, callback)
      return
    }
    dial({ ...request, isStream: true }, (error, answer) => {
      if (error !== null) callback(error, null)
      else
        wholeAnswer(answer as IncomingMessage).then(
          (bytes) => callback(null, jsonOrBytes(bytes)),
          (failure: Error) => callback(failure, null),
        )
    })
  }
  return docker
}

/** What dockerode gives of an answer. */
function jsonOrBytes(bytes: Buffer): object {
  try {
    return JSON.parse(bytes.toString('utf8')) as object
  } catch {
    return bytes
  }
}
