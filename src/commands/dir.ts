// secretscan dir
import { Args } from '@oclif/core'
import { scanFolder } from '../scan/scan-folder.js'
import { openSession } from '../scan/session.js'
import type { TargetReport } from '../scan/types.js'
import { printable, shorten } from '../support/printable.js'
import { BaseCommand } from './base.js'
import { flagsFor } from './shared/flags.js'
import { migratedFiles } from './shared/migrated-files.js'
import { runScan, sessionOptions } from './shared/scan.js'

export default class Dir extends BaseCommand {
  static override summary = 'Scan folders and files for secrets'
  static override description =
    'Looks into every file below each path, hidden ones and archives too. Links are not followed. In a .git folder every object is looked at, so that what was once committed is found too; a content that is in the checkout is scanned once. "secretscan:ignore" in a comment suppresses a finding on its line.'
  static override examples = [
    { description: 'A checkout', command: '<%= config.bin %> <%= command.id %> .' },
    {
      description: 'In a commit hook: only what is high or worse',
      command: '<%= config.bin %> <%= command.id %> src compose.yaml --min-severity high --quiet',
    },
    {
      description: 'Only what docker build would send',
      command: '<%= config.bin %> <%= command.id %> . --as-build-context',
    },
    {
      description: 'A worktree, a submodule or a part of a checkout, with the whole history',
      command: '<%= config.bin %> <%= command.id %> . --git-history',
    },
  ]
  static override usage = 'dir PATH... [FLAGS]'
  static override args = {
    paths: Args.string({ description: 'Folders or files', required: true, multiple: true, ignoreStdin: true }),
  }
  static override flags = flagsFor('scan', 'dir')

  async run(): Promise<void> {
    const { args, flags } = await this.parse(Dir)
    const resolved = this.resolve(flags)
    process.exitCode = await runScan({
      resolved,
      version: this.config.version,
      title: args.paths.length === 1 ? shorten(printable(args.paths[0] ?? ''), 40) : `${args.paths.length} paths`,
      scan: async (rules, context) => {
        // Files of a folder are no layers: there is nothing to look up.
        const session = await openSession(
          { ...sessionOptions(resolved.settings, rules), cache: false },
          context.concurrency,
        )
        try {
          const options = {
            asBuildContext: resolved.settings['as-build-context'],
            gitHistory: resolved.settings['git-history'],
          }
          const targets: TargetReport[] = []
          for (const path of args.paths) {
            const target = await scanFolder(path, options, session, context)
            targets.push({ ...target, migrated: await migratedFiles(path) })
          }
          return { targets }
        } finally {
          await session.close()
        }
      },
    })
  }
}
