// Applies (or resumes, or rolls back) the tiny project's plan and kills itself, as by kill -9, at the n-th write to the journal.
import { applyPlan, resumeMigration } from '../../../src/migrate/apply.js'
import { Journal } from '../../../src/migrate/journal.js'
import { rollback } from '../../../src/migrate/rollback.js'
import { makeContext, makePlan } from './project.js'

const [action, projectDir = '', killAt = '', when = 'before', id = ''] = process.argv.slice(2)
const write = Journal.prototype.write
let count = 0
Journal.prototype.write = async function (record) {
  const mine = ++count === Number(killAt)
  if (mine && when === 'before') process.kill(process.pid, 'SIGKILL')
  await write.call(this, record)
  if (mine) process.kill(process.pid, 'SIGKILL')
}

const { openStore } = makeContext()
if (action === 'apply') await applyPlan(makePlan(projectDir), makeContext())
else if (action === 'resume') await resumeMigration(projectDir, id, makeContext())
else await rollback(projectDir, id, { keepSecrets: false, openStore })
