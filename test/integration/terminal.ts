// A shell in a real terminal (tmux) for a test: types commands, waits for their end, gives what stood on the screen.
import assert from 'node:assert/strict'
import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import { run, systemProgram } from './programs.js'

export interface Terminal {
  /** Types a command and waits for its end. @returns what it printed, as on the screen. @throws where its exit code is not `code`. */
  type(command: string, code: number): Promise<string>
  /** Presses keys, as tmux names them; other words are typed as they are. */
  press(...keys: readonly string[]): void
  /** Waits until the screen shows `text`. @returns the screen */
  shows(text: RegExp): Promise<string>
  close(): void
}

/** ms */
const LIMIT = 240_000

/** ms */
const UNTIL_SHOWN = 30_000

/** A terminal of 80 by 24 with `env`, in `folder`. */
export function openTerminal(env: Readonly<Record<string, string>>, folder: string): Terminal {
  const home = mkdtempSync(join(tmpdir(), 'secretscan-terminal-'))
  const tmux = (...parameters: string[]) =>
    run(systemProgram('tmux'), ['-S', join(home, 'socket'), ...parameters]).toString('utf8')
  // Given to the shell itself: tmux keeps some variables of its own.
  const given = ['env', ...Object.entries(env).map(([name, value]) => `${name}=${value}`), 'sh']
  tmux('-f', '/dev/null', 'new-session', '-d', '-x', '80', '-y', '24', '-c', folder, ...given)
  tmux('set-option', '-g', 'history-limit', '20000')
  let typed = 0
  const screen = () => tmux('capture-pane', '-p')
  return {
    async type(command, code) {
      typed++
      tmux('clear-history')
      tmux('send-keys', '-l', `clear; ${command}; echo "END ${typed} $?"`)
      tmux('send-keys', 'Enter')
      const end = new RegExp(`^END ${typed} (\\d+)$`, 'm')
      for (const limit = Date.now() + LIMIT; Date.now() < limit; await sleep(200)) {
        const shown = tmux('capture-pane', '-p', '-S', '-')
        const found = end.exec(shown)
        if (found === null) continue
        assert.equal(Number(found[1]), code, `${command} ended with ${found[1]}:\n${shown}`)
        return shown.slice(0, found.index)
      }
      return assert.fail(`${command} does not end:\n${tmux('capture-pane', '-p', '-S', '-')}`)
    },
    press: (...keys) => void tmux('send-keys', ...keys),
    async shows(text) {
      for (const limit = Date.now() + UNTIL_SHOWN; Date.now() < limit; await sleep(100)) {
        const shown = screen()
        if (text.test(shown)) return shown
      }
      return assert.fail(`${text} is not shown:\n${screen()}`)
    },
    close() {
      try {
        tmux('kill-server')
      } catch {
        // It ended by itself.
      }
      rmSync(home, { recursive: true, force: true })
    },
  }
}
