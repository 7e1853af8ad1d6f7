// The flag that all commands of `secretscan sweep` share.
import { Flags, type Interfaces } from '@oclif/core'

export const SWEEP_FILE = 'sweep.yaml'

export const sweepFlags = {
  file: Flags.string({
    char: 'f',
    summary: `Configuration of the sweep (default: ./${SWEEP_FILE})`,
    helpValue: 'FILE',
  }),
} satisfies Interfaces.FlagInput
