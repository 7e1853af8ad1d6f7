import assert from 'node:assert/strict'
import { servicesIn, writtenModel } from '../../../src/migrate/written-model.js'

const bytes = (text: string) => Buffer.from(text)

describe('a Compose file as it is written', () => {
  it('has what merge keys bring, and nothing interpolated', () => {
    const text =
      'x-base: &base\n  image: shop/${NAME}\n  restart: always\nservices:\n  web:\n    <<: *base\n    image: shop/web\n'
    assert.deepEqual(servicesIn(bytes(text)), { web: { image: 'shop/web', restart: 'always' } })
  })

  it('is empty where a key stands twice in one mapping, as for every other mistake', () => {
    for (const text of [
      'services:\n  web: {}\nservices: {}\n',
      'services:\n  web:\n    image: a\n    ports: []\n    image: a\n',
      'services:\n  web:\n    volumes:\n      - { source: a, target: b, source: a }\n',
      'services:\n  1: {}\n  0x1: {}\n',
      'services: [\n',
    ])
      assert.deepEqual(writtenModel(bytes(text)), {}, text)
  })

  it('is not where one key stands in two mappings, or is brought twice', () => {
    const text =
      'x-a: &a\n  image: a\nx-b: &b\n  image: b\nservices:\n  web:\n    <<: *a\n    <<: *b\n  db:\n    image: a\n'
    assert.deepEqual(servicesIn(bytes(text)), { web: { image: 'a' }, db: { image: 'a' } })
  })

  it('is read once, however many services ask', () => {
    const file = bytes('services:\n  web:\n    image: a\n')
    assert.equal(writtenModel(file), writtenModel(file))
  })
})
