// Writes docs/schemas/config.schema.json from the built table of settings; a unit test fails where the two differ.
import { writeFileSync } from 'node:fs'
import { fileURLToPath } from 'node:url'
import { configSchema } from '../dist/config/schema.js'

const path = fileURLToPath(new URL('../docs/schemas/config.schema.json', import.meta.url))
writeFileSync(path, `${JSON.stringify(configSchema(), null, 2)}\n`)
