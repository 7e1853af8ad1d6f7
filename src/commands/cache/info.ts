// secretscan cache info
import { count, sizeText } from '../../report/wording.js'
import { writeText } from '../../report/write.js'
import { cacheInfo } from '../../scan/cache.js'
import { cacheFolder } from '../../scan/cache-folder.js'
import { BaseCommand } from '../base.js'

export default class CacheInfo extends BaseCommand {
  static override summary = 'Show where the layer cache is and how large it is'
  static override description =
    'The cache holds the masked results of layers that were scanned before, never their bytes and no plain value.'
  static override examples = [
    { description: 'How much room does it take?', command: '<%= config.bin %> <%= command.id %>' },
    {
      description: 'Its folder, for a CI cache',
      command: '<%= config.bin %> <%= command.id %> --json | jq -r .folder',
    },
  ]

  async run(): Promise<void> {
    const { flags } = await this.parse(CacheInfo)
    const { settings } = this.resolve(flags)
    const cache = (await cacheInfo()) ?? { folder: cacheFolder(), entries: 0, bytes: 0 }
    const text = settings.json
      ? JSON.stringify({ schemaVersion: 1, ...cache }, null, 2)
      : `${cache.folder}: ${count(cache.entries, 'result')}, ${sizeText(cache.bytes)}`
    await writeText(process.stdout, `${text}\n`)
  }
}
