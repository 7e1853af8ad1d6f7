// Whether to print in colour, decided once: --no-color or --color, FORCE_COLOR, NO_COLOR, TERM=dumb, and whether it is a terminal.

export interface ColorChoice {
  /** --color or --no-color, where given. */
  readonly flag?: boolean
  readonly env: NodeJS.ProcessEnv
  readonly isTerminal: boolean
}

/** The flag wins; then FORCE_COLOR (anything but "" and "0") and NO_COLOR (anything but ""), then the terminal. */
export function useColor({ flag, env, isTerminal }: ColorChoice): boolean {
  if (flag !== undefined) return flag
  const forced = env.FORCE_COLOR ?? ''
  if (forced !== '') return forced !== '0'
  if ((env.NO_COLOR ?? '') !== '' || env.TERM === 'dumb') return false
  return isTerminal
}
