// One thing that was looked at, and how it stands.

/** `note`: not as it could be, or not set up, but nothing that was asked for depends on it. */
export type CheckState = 'ok' | 'note' | 'failed'

export interface Check {
  /** What was looked at: "Vault", "Docker Engine" … */
  readonly what: string
  readonly state: CheckState
  /** One sentence. */
  readonly says: string
  /** What mends it. */
  readonly mend?: string
}
