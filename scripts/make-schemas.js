// Writes the published JSON Schemas from the built code; unit tests fail where they differ from it.
import { writeFileSync } from 'node:fs'
import { fileURLToPath } from 'node:url'
import { configSchema } from '../dist/config/schema.js'
import { sweepSchema } from '../dist/sweep/config/schema.js'
import { notificationSchema } from '../dist/sweep/notify/payload.js'

const SCHEMAS = { config: configSchema(), sweep: sweepSchema(), notification: notificationSchema() }

for (const [name, schema] of Object.entries(SCHEMAS)) {
  const path = fileURLToPath(new URL(`../docs/schemas/${name}.schema.json`, import.meta.url))
  writeFileSync(path, `${JSON.stringify(schema, null, 2)}\n`)
}
