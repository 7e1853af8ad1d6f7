// Applies (or resumes, or rolls back) the tiny project's plan and kills itself, as by kill -9, at the n-th write to the journal.
import { applyPlan, resumeMigration } from '../../../src/migrate/apply.js'
import { rollback } from '../../../src/migrate/rollback.js'
import { killAtWrite } from '../../fixtures/kill-at-write.js'
import { makeContext, makePlan } from './project.js'

const [action, projectDir = '', killAt = '', when = 'before', id = ''] = process.argv.slice(2)
killAtWrite(Number(killAt), when)

const { openStore } = makeContext()
if (action === 'apply') await applyPlan(makePlan(projectDir), makeContext())
else if (action === 'resume') await resumeMigration(projectDir, id, makeContext())
else await rollback(projectDir, id, { keepSecrets: false, openStore })
