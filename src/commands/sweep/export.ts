// secretscan sweep export: all findings as JSON Lines.
import { resolve } from 'node:path'
import type { Writable } from 'node:stream'
import { Flags } from '@oclif/core'
import { writeText } from '../../report/write.js'
import { exportLines } from '../../sweep/reading/export.js'
import type { Database } from '../../sweep/store/database.js'
import { BaseCommand } from '../base.js'
import { interruptSignal } from '../shared/interrupt.js'
import { writeFileWhole } from '../shared/output.js'
import { sweepFlags } from '../shared/sweep-flags.js'
import { withSweepStore } from '../shared/sweep-store.js'

async function writeLines(database: Database, out: Writable, open: boolean): Promise<void> {
  const filter = open ? {} : { acknowledged: true, gone: true }
  for await (const lines of exportLines(database, filter)) {
    interruptSignal.throwIfAborted()
    await writeText(out, lines)
    if (out.destroyed) return
  }
}

export default class SweepExport extends BaseCommand {
  static override summary = 'Write all findings of the store as JSON Lines'
  static override description =
    'One finding a line, with where it stands: first and last seen, gone, acknowledged, in how many images. Masked, as everything that is stored. Lines are written as they are read: a store of any size takes little memory.'
  static override examples = [
    { description: 'Into a file', command: '<%= config.bin %> <%= command.id %> --output findings.jsonl' },
    {
      description: 'Count open findings by rule',
      command: '<%= config.bin %> <%= command.id %> --open | jq -r .ruleId | sort | uniq -c',
    },
  ]
  static override flags = {
    ...sweepFlags,
    output: Flags.string({ summary: 'Write to a file', helpValue: 'FILE' }),
    open: Flags.boolean({ summary: 'Leave out what is acknowledged or gone' }),
  }

  async run(): Promise<void> {
    const { flags } = await this.parse(SweepExport)
    this.resolve(flags)
    await withSweepStore(flags.file, async (database) => {
      if (flags.output === undefined) return writeLines(database, process.stdout, flags.open)
      await writeFileWhole(resolve(flags.output), 0o600, (out) => writeLines(database, out, flags.open))
    })
  }
}
