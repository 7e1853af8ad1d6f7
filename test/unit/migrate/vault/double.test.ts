// The cases of Vault against the double, which the real server proves (test/integration/vault-cases.test.ts).
import { openVault } from '../../../../src/migrate/vault/client.js'
import { Secret } from '../../../../src/support/secret.js'
import { describeVaultCases } from '../../../fixtures/vault-cases.js'
import { startVaultDouble } from '../../../fixtures/vault-double.js'

describe('Vault, as the double has it', function () {
  this.timeout(120_000)
  describeVaultCases(async () => {
    const double = await startVaultDouble()
    const clients: { close(): Promise<void> }[] = []
    return {
      env: { VAULT_ADDR: double.origin, VAULT_TOKEN: double.rootToken, VAULT_CACERT: '' },
      client(token = double.rootToken) {
        const settings = { address: double.origin, tls: { verify: true }, timeout: 10_000 }
        const client = openVault(settings, Secret.of(Buffer.from(token)), { firstDelay: 1 })
        clients.push(client)
        return client
      },
      tokenFor: double.tokenFor,
      seal: async () => {
        double.sealed = true
      },
      unseal: async () => {
        double.sealed = false
      },
      stop: async () => {
        await Promise.all(clients.map((client) => client.close()))
        await double.close()
      },
    }
  }, 40)
})
