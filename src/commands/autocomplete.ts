// secretscan autocomplete: oclif's own command, with a script for bash that completes file names too.
import { writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { Args, Flags } from '@oclif/core'
import { InternalError } from '../support/errors.js'
import { BaseCommand } from './base.js'
import { bashCompletion } from './shared/bash-completion.js'

const PLUGIN = '@oclif/plugin-autocomplete'

export default class Autocomplete extends BaseCommand {
  static override summary = 'Set up completion for bash, zsh or PowerShell'
  static override description =
    'Writes the completion scripts to the cache folder and prints the line for your shell that loads them. Run it again after an update.'
  static override examples = [
    { description: 'For the shell that you use', command: '<%= config.bin %> <%= command.id %>' },
    { description: 'For zsh', command: '<%= config.bin %> <%= command.id %> zsh' },
  ]
  static override usage = '<%= command.id %> [SHELL] [FLAGS]'
  static override args = {
    shell: Args.string({ description: 'The shell', options: ['bash', 'zsh', 'powershell'], ignoreStdin: true }),
  }
  static override flags = {
    'refresh-cache': Flags.boolean({ char: 'r', summary: 'Write the scripts again, and print nothing' }),
  }

  async run(): Promise<void> {
    const { args, flags } = await this.parse(Autocomplete)
    const command = this.config.plugins.get(PLUGIN)?.findCommand('autocomplete', { must: true })
    if (command === undefined) throw new InternalError(`${PLUGIN} is not there`)
    const whole = await command
    await whole.run(
      [...(args.shell === undefined ? [] : [args.shell]), ...(flags['refresh-cache'] ? ['--refresh-cache'] : [])],
      this.config,
    )
    const { bin, cacheDir, commands } = this.config
    const script = join(cacheDir, 'autocomplete', 'functions', 'bash', `${bin}.bash`)
    await writeFile(script, bashCompletion(bin, commands))
  }
}
