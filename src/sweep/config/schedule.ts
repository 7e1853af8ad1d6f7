// Whether a schedule can be followed: a cron expression of five fields that comes round, in a time zone that exists.
import { Cron } from 'croner'

const FIVE_FIELDS = 'must be a cron expression of five fields: minute hour day month weekday, e.g. "0 3 * * *"'

/** What is wrong with a cron expression (minute hour day month weekday); undefined where it is one that comes round. */
export function cronProblem(expression: string): string | undefined {
  // "@daily" and its like have no minute that one could choose; @reboot is no time.
  if (expression.trimStart().startsWith('@')) return FIVE_FIELDS
  try {
    const next = new Cron(expression, { mode: '5-part', paused: true, timezone: 'UTC' }).nextRun()
    return next === null ? 'never comes round' : undefined
  } catch {
    return FIVE_FIELDS
  }
}

/** Whether `name` is an IANA time zone that this Node knows. */
export function isTimeZone(name: string): boolean {
  try {
    new Intl.DateTimeFormat('en', { timeZone: name })
    return true
  } catch {
    return false
  }
}
