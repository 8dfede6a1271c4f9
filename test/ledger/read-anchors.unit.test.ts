import { describe, expect, test } from 'vitest'
import { readAnchors } from '../../src/ledger/read-anchors.ts'

const HASH = 'ab'.repeat(32)

describe('a report of the ledger that was kept elsewhere', () => {
  test('gives the end of each chain, whatever else it says', () => {
    const report = `pair         due_to\r\nhead         510100 2026-11 12 ${HASH}\r\nhead 510600 2026-10 1 ${HASH}\nledger ok on 2026-11-24: 6 journals`
    expect(readAnchors(report)).toEqual([
      { book: '510100', month: '2026-11', hash: HASH },
      { book: '510600', month: '2026-10', hash: HASH },
    ])
  })

  test.each(['', 'ledger ok', `  head 510100 2026-11 1 ${HASH}`])('without a head is refused: %s', (report) => {
    expect(() => readAnchors(report)).toThrow('has no line "head')
  })

  test.each([
    `head 510100 2026-11 1 ${HASH}ab`,
    `head 510100 2026-11 1 ${HASH.toUpperCase()}`,
    `head 510100 2026-11 0 ${HASH}`,
    `head 5101 2026-11 1 ${HASH}`,
    'head',
  ])('with a head that cannot be read is refused, not passed over: %s', (line) => {
    expect(() => readAnchors(`head 510600 2026-10 1 ${HASH}\n${line}`)).toThrow('broken line: head')
  })
})
