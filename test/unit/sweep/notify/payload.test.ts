import assert from 'node:assert/strict'
import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { Ajv2020 } from 'ajv/dist/2020.js'
import addFormats from 'ajv-formats'
import { packageRoot } from '../../../../src/support/package-root.js'
import { notificationPayload, notificationSchema } from '../../../../src/sweep/notify/payload.js'
import { notification } from '../../../fixtures/notification.js'

describe('sweep/notify/payload', () => {
  it('is published as it is (npm run schemas)', () => {
    const file = join(packageRoot(), 'docs', 'schemas', 'notification.schema.json')
    assert.deepEqual(JSON.parse(readFileSync(file, 'utf8')), notificationSchema())
  })

  it('has a schema that other tools can use', () => {
    const ajv = new Ajv2020({ strict: false })
    addFormats.default(ajv)
    const validate = ajv.compile(notificationSchema())
    assert.ok(validate(notification()), JSON.stringify(validate.errors))
    assert.equal(validate({ ...notification(), value: 'a plain value' }), false)
    assert.ok(notificationPayload.safeParse(notification()).success)
  })
})
