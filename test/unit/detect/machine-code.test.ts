// Instructions of a program hold no text: what is left out, and what never is.
import assert from 'node:assert/strict'
import { machineCode, outside } from '../../../src/detect/machine-code.js'
import { elf } from '../../fixtures/elf.js'

const CODE = { type: 1, flags: 5, offset: 0x10000, size: 0x20000 }
const DATA = { type: 1, flags: 4, offset: 0x30000, size: 0x8000 }
const HEADERS = { type: 1, flags: 4, offset: 0, size: 0x400 }

const rangesOf = (segments: Parameters<typeof elf>[0], options = {}) =>
  machineCode(elf(segments, options)).map(({ start, end }) => [start, end])

describe('machine code', () => {
  for (const bits of [32, 64] as const)
    for (const order of ['little', 'big'] as const)
      it(`is the executable segment of a program of ${bits} bits, ${order}-endian`, () => {
        assert.deepEqual(rangesOf([HEADERS, CODE, DATA], { bits, order }), [[0x10000, 0x30000]])
      })

  it('is none where read-only data may lie between it', () => {
    assert.deepEqual(rangesOf([{ ...CODE, offset: 0 }, DATA]), [], 'the code begins with the file')
    assert.deepEqual(rangesOf([CODE, { ...DATA, flags: 6 }]), [], 'no segment is only read')
    assert.deepEqual(rangesOf([HEADERS, { ...CODE, flags: 7 }, DATA]), [], 'the code can be written')
  })

  it('is none of a file that is no program', () => {
    assert.deepEqual(rangesOf([HEADERS, CODE, DATA], { type: 1 }), [], 'an object file')
    assert.deepEqual(rangesOf([HEADERS, { ...CODE, type: 4 }, DATA]), [], 'a note')
    assert.deepEqual(machineCode(Buffer.from('#!/bin/sh\n'.repeat(20))), [])
    assert.deepEqual(machineCode(elf([HEADERS, CODE, DATA]).subarray(0, 100)), [], 'its table is cut off')
    assert.deepEqual(machineCode(new Uint8Array()), [])
  })

  it('leaves what lies outside of it, in order', () => {
    const parts = (start: number, end: number) =>
      [
        ...outside(
          [
            { start: 70, end: 80 },
            { start: 10, end: 30 },
          ],
          { start, end },
        ),
      ].map((part) => [part.start, part.end])
    assert.deepEqual(parts(0, 100), [
      [0, 10],
      [30, 70],
      [80, 100],
    ])
    assert.deepEqual(parts(15, 75), [[30, 70]])
    assert.deepEqual(parts(12, 28), [])
    assert.deepEqual(parts(30, 70), [[30, 70]])
  })
})
