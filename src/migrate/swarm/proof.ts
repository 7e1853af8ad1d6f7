// Proves that Swarm holds what was written: by one short-lived service for all secrets of a run, or by their labels alone, with the reason.
import { SecretscanError, StoreError } from '../../support/errors.js'
import type { Secret } from '../../support/secret.js'
import type { LabelOnly, StoredSecret, Verified } from '../types.js'
import type { Swarm } from './engine.js'
import { type NoOneShot, type OneShot, openOneShot } from './one-shot.js'

export interface Proof {
  /** A secret that will be asked about: one service serves them all. */
  expect(secretId: string): void
  /** @throws StoreError where it holds something else */
  of(stored: StoredSecret, value: Secret): Promise<Verified | LabelOnly>
  close(): Promise<void>
}

export function openProof(swarm: Swarm, images: (() => Promise<readonly string[]>) | undefined): Proof {
  const expected: string[] = []
  let mounted: readonly string[] = []
  let opened: OneShot | NoOneShot | undefined
  const close = async () => {
    if (opened !== undefined && !('missing' in opened)) await opened.close()
    opened = undefined
  }

  async function serviceFor(id: string): Promise<OneShot | NoOneShot> {
    if (opened !== undefined && ('missing' in opened || mounted.includes(id))) return opened
    await close()
    mounted = [...new Set([...expected, id])]
    opened = await openOneShot(swarm, mounted, (await images?.()) ?? []).catch((error: unknown) => ({
      missing: error instanceof SecretscanError ? error.message : 'The engine runs no service for it.',
    }))
    return opened
  }

  return {
    expect: (secretId) => void expected.push(secretId),
    async of({ id, name }, value) {
      const service = await serviceFor(id)
      if ('missing' in service) return { how: 'label-only', reason: service.missing }
      if (await service.holds(id, value)) return 'proven-by-service'
      throw new StoreError(`The Swarm secret ${name} does not hold what was written.`, {
        hint: 'Roll this run back and try again.',
      })
    },
    close,
  }
}
