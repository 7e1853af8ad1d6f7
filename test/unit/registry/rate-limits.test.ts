import assert from 'node:assert/strict'
import { createRateGate, type RateGateOptions } from '../../../src/registry/rate-gate.js'
import { isPullLimit, toldLimit } from '../../../src/registry/rate-limits.js'
import { RequestSlots } from '../../../src/registry/request-slots.js'
import { RateLimitedError } from '../../../src/support/errors.js'

const NOW = Date.parse('2026-01-01T00:00:00Z')
const signal = new AbortController().signal

describe('registry/rate-limits', () => {
  it('reads what registries say of their budget', () => {
    assert.deepEqual(
      toldLimit(
        200,
        {
          'ratelimit-limit': '100;w=21600',
          'ratelimit-remaining': '76;w=21600',
          'docker-ratelimit-source': '192.0.2.1',
        },
        NOW,
      ),
      { remaining: 76, limit: 100, windowSeconds: 21_600, kind: 'manifest' },
      'Docker Hub',
    )
    assert.deepEqual(
      toldLimit(
        200,
        { 'x-ratelimit-limit': '5000', 'x-ratelimit-remaining': '0', 'x-ratelimit-reset': '1767227400' },
        NOW,
      ),
      { remaining: 0, limit: 5000, resumeAt: new Date(1_767_227_400_000) },
      'GitHub',
    )
    assert.deepEqual(toldLimit(429, { 'retry-after': '90' }, NOW), { retryAfterSeconds: 90 })
    assert.equal(toldLimit(200, { 'retry-after': '90' }, NOW), undefined, 'of a redirect or a 202')
    assert.equal(toldLimit(200, { 'ratelimit-remaining': 'lots', 'x-ratelimit-reset': '12' }, NOW), undefined)
  })

  it('knows the body of the limit of pulls', () => {
    assert.ok(isPullLimit('{"errors":[{"code":"TOOMANYREQUESTS","message":"You have reached your pull rate limit."}]}'))
    assert.ok(!isPullLimit('Too Many Requests'))
  })
})

describe('registry/rate-gate', () => {
  let time: number
  let waits: number[]
  const gateWith = (options: Partial<RateGateOptions> = {}) =>
    createRateGate({
      now: () => time,
      wait: async (ms) => {
        waits.push(ms)
        time += ms
      },
      ...options,
    })
  beforeEach(() => {
    time = NOW
    waits = []
  })

  it('waits as long as a registry asks for, and only for that registry', async () => {
    const gate = gateWith()
    await gate.learned('a.example', { retryAfterSeconds: 90 })
    await gate.before('b.example', 'blob', signal)
    assert.deepEqual(waits, [])
    await gate.before('a.example', 'blob', signal)
    assert.deepEqual(waits, [90_000])
    await gate.before('a.example', 'blob', signal)
    assert.deepEqual(waits, [90_000])
  })

  it('hands on what would take longer than fifteen minutes as a time to come back', async () => {
    const gate = gateWith()
    await gate.learned('a.example', { retryAfterSeconds: 901 })
    await assert.rejects(
      gate.before('a.example', 'list', signal),
      (error) => error instanceof RateLimitedError && error.resumeAt.getTime() === NOW + 901_000,
    )
    assert.deepEqual(waits, [])
  })

  it('holds back manifests alone where only they are counted, and leaves a reserve to others', async () => {
    const gate = gateWith({ reserve: 10 })
    await gate.learned('docker.io', { remaining: 11, limit: 100, windowSeconds: 21_600, kind: 'manifest' })
    await gate.before('docker.io', 'manifest', signal)
    await gate.learned('docker.io', { remaining: 10, limit: 100, windowSeconds: 21_600, kind: 'manifest' })
    for (const kind of ['head', 'blob', 'list'] as const) await gate.before('docker.io', kind, signal)
    await assert.rejects(gate.before('docker.io', 'manifest', signal), RateLimitedError)
    await gate.learned('docker.io', { remaining: 50, limit: 100, windowSeconds: 21_600, kind: 'manifest' })
    await gate.before('docker.io', 'manifest', signal)
  })
})

describe('registry/request-slots', () => {
  it('never has more under way than allowed: half as many after 429 or 503, one more after a while', async () => {
    const slots = new RequestSlots(4)
    let under = 0
    let most = 0
    const request = (status: number) => () => {
      most = Math.max(most, ++under)
      return new Promise<{ status: number }>((resolve) =>
        setImmediate(() => {
          under--
          resolve({ status })
        }),
      )
    }
    const many = (count: number, status: number) =>
      Promise.all(Array.from({ length: count }, () => slots.run(request(status))))
    await many(12, 200)
    assert.equal(most, 4)
    await slots.run(request(429))
    assert.equal(slots.allowed, 2)
    await many(10, 503)
    assert.equal(slots.allowed, 1)
    most = 0
    await many(20, 200)
    assert.equal(most, 1)
    assert.equal(slots.allowed, 2)
    await many(200, 200)
    assert.equal(slots.allowed, 4)
  })

  it('uses a share at once that was nothing when it began', async () => {
    let share = 0
    const slots = new RequestSlots(() => share)
    assert.equal(slots.allowed, 1)
    share = 6
    assert.equal(slots.allowed, 6)
  })

  it('gives its slot back where a request fails', async () => {
    const slots = new RequestSlots(1)
    await assert.rejects(slots.run(() => Promise.reject(new Error('broken'))))
    assert.deepEqual(await slots.run(async () => ({ status: 200 })), { status: 200 })
  })
})
