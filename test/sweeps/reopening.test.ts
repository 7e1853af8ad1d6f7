import assert from 'node:assert/strict'
import { StoreError } from '../../src/support/errors.js'
import type { Database } from '../../src/sweep/store/database.js'
import { reopeningDatabase } from '../../src/sweep/store/reopening.js'

/** A store that answers with its name until it is told to fail. */
function store(name: string) {
  const state = { failing: undefined as Error | undefined, closed: false }
  const query = async () => {
    if (state.failing !== undefined) throw state.failing
    return [name] as never
  }
  const database: Database = {
    kind: 'embedded',
    query,
    script: async () => {},
    transaction: async (work) => work({ query, script: async () => {} }),
    close: async () => {
      state.closed = true
    },
  }
  return { state, database }
}

describe('sweep/store/reopening', () => {
  it('opens the store again where the process that held it went away, once for all who ask', async () => {
    const stores = [store('first'), store('second')]
    let opened = 0
    const database = await reopeningDatabase(async () => (stores[opened++] ?? store('third')).database)
    assert.deepEqual(await database.query(''), ['first'])
    const [first] = stores
    if (first !== undefined) first.state.failing = new StoreError('The sweep that holds the store went away.')
    const both = await Promise.all([database.query(''), database.query('')])
    assert.deepEqual([both, opened, first?.state.closed], [[['second'], ['second']], 2, true])
  })

  it('does not ask again what the database has refused', async () => {
    const one = store('one')
    let opened = 0
    const database = await reopeningDatabase(async () => {
      opened++
      return one.database
    })
    one.state.failing = Object.assign(new Error('syntax error'), { code: '42601' })
    await assert.rejects(database.query('nonsense'), /syntax error/)
    assert.equal(opened, 1)
  })

  it('tells why it cannot be opened, and tries again when it is asked again', async () => {
    const one = store('one')
    let isThere = true
    const database = await reopeningDatabase(async () => {
      if (!isThere) throw new StoreError('There is no store.')
      return one.database
    })
    isThere = false
    one.state.failing = Object.assign(new Error('Connection terminated'), { code: '57P01' })
    await assert.rejects(database.query(''), /There is no store/)
    isThere = true
    one.state.failing = undefined
    assert.deepEqual(await database.query(''), ['one'])
  })
})
