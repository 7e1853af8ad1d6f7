// What a sender gets and what it says came of it.
import type { NotificationPayload } from '../payload.js'

export type Outcome =
  /** `without`: a sentence about the recipients that were refused for good; `later`: those that may take it later. The others have it. */
  | {
      readonly result: 'sent'
      readonly without?: string
      readonly later?: { readonly recipients: readonly string[]; readonly reason: string }
    }
  /** Certainly not delivered; a later attempt may be: what is wrong on this side (a key, an address) can be mended meanwhile. */
  | { readonly result: 'failed'; readonly reason: string; readonly retryAfterSeconds?: number }
  /** Certainly not delivered, and no attempt will be: the receiver says so. */
  | { readonly result: 'refused'; readonly reason: string }
  /** It broke off where the other side may have taken it already. */
  | { readonly result: 'uncertain'; readonly reason: string }

export interface SendContext {
  readonly signal: AbortSignal
  /** Those of a mail's recipients that do not have it yet; undefined: nobody has. */
  readonly recipients?: readonly string[] | undefined
  readonly now: () => Date
}

/** Sends one notification, once. Never throws for what the other side does; reasons name no address that may be a secret. */
export type Sender<Channel> = (channel: Channel, payload: NotificationPayload, context: SendContext) => Promise<Outcome>
