// secretscan cache clear
import { sizeText } from '../../report/wording.js'
import { writeText } from '../../report/write.js'
import { clearCache } from '../../scan/cache.js'
import { cacheFolder } from '../../scan/cache-folder.js'
import { BaseCommand } from '../base.js'

export default class CacheClear extends BaseCommand {
  static override summary = 'Empty the layer cache'
  static override description = 'The next scan of each image reads all its layers again.'
  static override examples = [
    { description: 'Empty it', command: '<%= config.bin %> <%= command.id %>' },
    { description: 'Empty it in a script', command: '<%= config.bin %> <%= command.id %> --quiet' },
  ]

  async run(): Promise<void> {
    const { flags } = await this.parse(CacheClear)
    const { settings } = this.resolve(flags)
    const folder = cacheFolder()
    const freedBytes = await clearCache(folder)
    const text = settings.json
      ? JSON.stringify({ schemaVersion: 1, folder, freedBytes })
      : `${folder}: ${sizeText(freedBytes)} freed`
    if (settings.json || !settings.quiet) await writeText(process.stdout, `${text}\n`)
  }
}
