// The cases of Vault against a real server; the double of the unit tests is held to the same ones.
import { describeVaultCases } from '../fixtures/vault-cases.js'
import { startSealable } from './vault-process.js'

describe('Vault, as a real server has it', function () {
  this.timeout(240_000)
  describeVaultCases(async () => {
    const started = await startSealable()
    const { server, unseal } = await started.begin()
    server.bao('secrets', 'enable', '-path=old', '-version=1', 'kv')
    return {
      env: server.env,
      client: server.client,
      tokenFor(policy) {
        server.baoWith(policy, 'policy', 'write', 'case', '-')
        return server.bao('token', 'create', '-policy=case', '-ttl=10m', '-field=token').trim()
      },
      seal: async () => void (await server.client().write('sys/seal', {})),
      unseal: async () => {
        unseal()
        // Active a moment after it is unsealed.
        for (let count = 0; count < 100; count++) {
          if (
            await server
              .client()
              .read('sys/mounts')
              .then(
                () => true,
                () => false,
              )
          )
            return
          await new Promise((resolve) => setTimeout(resolve, 100))
        }
      },
      stop: server.stop,
    }
  })
})
