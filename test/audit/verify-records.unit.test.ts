import { describe, expect, test } from 'vitest'
import { type ChainPoint, GENESIS, GENESIS_HASH, linkHash } from '../../src/audit/chain.ts'
import { type ChainEntry, verifyExport, verifyRecords } from '../../src/audit/index.ts'
import { canonicalJson, type HashAlgorithm } from '../../src/kernel/crypto/index.ts'

// The published vector of the chain (SHA-256, h_0 = 64 zeros).
const VECTOR = [
  {
    text: '{"action":"read","actor":"u-doctor-1","at":"2026-01-01T00:00:00.000Z","basis":"treatment","seq":1,"target":"rec-1"}',
    hash: '8212fe8dcd9f84bb784e34ab3447b7f50cbca417a0cc5b1d402026841dbdff64',
  },
  {
    text: '{"action":"unmask","actor":"u-doctor-1","at":"2026-01-01T00:00:05.000Z","basis":"treatment","seq":2,"target":"rec-1"}',
    hash: '90815679344b4b7ff31b8b8606855fae24b58f7c6999911ebfab2dae36ead4eb',
  },
] as const

function chainOf(count: number, alg: HashAlgorithm = 'SHA-256', from: ChainPoint = GENESIS): ChainEntry[] {
  let hash = from.hash
  return Array.from({ length: count }, (_, index) => {
    const record = { seq: from.seq + index + 1, action: 'read', target: `rec-${from.seq + index + 1}` }
    hash = linkHash(alg, hash, record)
    return { seq: record.seq, alg, hash, record }
  })
}

function swapped(entries: ChainEntry[], left: number, right: number): ChainEntry[] {
  const copy = [...entries]
  const [a, b] = [copy[left], copy[right]]
  if (a === undefined || b === undefined) throw new RangeError('no such entry')
  copy[left] = b
  copy[right] = a
  return copy
}

describe('the hash of a link', () => {
  test('is the one of the published vector, whatever the order of the members', () => {
    let previous = GENESIS_HASH
    for (const { text, hash } of VECTOR) {
      const members = Object.entries(JSON.parse(text) as { seq: number }).toReversed()
      const record = Object.fromEntries(members) as { seq: number }
      expect(canonicalJson(record)).toBe(text)
      previous = linkHash('SHA-256', previous, record)
      expect(previous).toBe(hash)
    }
  })

  test('the vector as an export verifies', async () => {
    const lines = VECTOR.map(({ text, hash }) => `{"alg":"SHA-256","hash":"${hash}","record":${text}}`)
    expect(await verifyExport(lines)).toEqual({ ok: true, count: 2, head: { seq: 2, hash: VECTOR[1].hash } })
  })
})

describe('verification of records', () => {
  const chain = chainOf(20)

  test('accepts an untouched chain and names its head', async () => {
    expect(await verifyRecords(chain)).toEqual({ ok: true, count: 20, head: { seq: 20, hash: chain[19]?.hash } })
  })

  test('accepts an empty chain', async () => {
    expect(await verifyRecords([])).toEqual({ ok: true, count: 0, head: GENESIS })
  })

  test('accepts a chain whose algorithm changed on the way', async () => {
    const first = chainOf(3)
    const rest = chainOf(3, 'SM3', { seq: 3, hash: first[2]?.hash ?? '' })
    expect(await verifyRecords([...first, ...rest])).toMatchObject({ ok: true, count: 6 })
  })

  test('refuses a link that claims another algorithm', async () => {
    const entries = chain.map((entry) => (entry.seq === 4 ? { ...entry, alg: 'SM3' as const } : entry))
    expect(await verifyRecords(entries)).toEqual({ ok: false, seq: 4, kind: 'changed' })
  })

  test.each([1, 7, 20])('finds a changed record %i', async (seq) => {
    const entries = chain.map((entry) => (entry.seq === seq ? { ...entry, record: { seq, action: 'none' } } : entry))
    expect(await verifyRecords(entries)).toEqual({ ok: false, seq, kind: 'changed' })
  })

  test('finds a member that was added', async () => {
    const entries = chain.map((entry) =>
      entry.seq === 5 && typeof entry.record === 'object'
        ? { ...entry, record: { ...entry.record, extra: null } }
        : entry,
    )
    expect(await verifyRecords(entries)).toEqual({ ok: false, seq: 5, kind: 'changed' })
  })

  test.each([1, 7, 19])('finds the removed record %i', async (seq) => {
    const entries = chain.filter((entry) => entry.seq !== seq)
    expect(await verifyRecords(entries)).toEqual({ ok: false, seq, kind: 'removed' })
  })

  test('finds a removed record even where the later ones were numbered anew', async () => {
    const entries = chain
      .filter((entry) => entry.seq !== 7)
      .map((entry) => (entry.seq > 7 ? { ...entry, seq: entry.seq - 1 } : entry))
    expect(await verifyRecords(entries)).toMatchObject({ ok: false, seq: 7 })
  })

  test('finds a record that is missing beside its link', async () => {
    const entries = chain.map((entry) => (entry.seq === 9 ? { ...entry, record: 'missing' as const } : entry))
    expect(await verifyRecords(entries)).toEqual({ ok: false, seq: 9, kind: 'removed' })
  })

  test.each([
    [2, 3],
    [0, 19],
  ])('finds exchanged lines %i and %i', async (left, right) => {
    expect(await verifyRecords(swapped(chain, left, right))).toEqual({ ok: false, seq: left + 1, kind: 'reordered' })
  })

  test('finds exchanged contents under numbers and hashes that stayed', async () => {
    const third = chain[2]?.record
    const sixth = chain[5]?.record
    if (typeof third !== 'object' || typeof sixth !== 'object') throw new Error('no records')
    const entries = chain.map((entry) => {
      if (entry.seq === 3) return { ...entry, record: { ...sixth, seq: 3 } }
      return entry.seq === 6 ? { ...entry, record: { ...third, seq: 6 } } : entry
    })
    expect(await verifyRecords(entries)).toEqual({ ok: false, seq: 3, kind: 'reordered' })
  })

  test('finds a record that stands twice', async () => {
    const entries = [...chain.slice(0, 5), ...chain.slice(4)]
    expect(await verifyRecords(entries)).toEqual({ ok: false, seq: 6, kind: 'reordered' })
  })

  test('looks no further ahead than it must: a record that is far away counts as removed', async () => {
    const long = chainOf(1500)
    const [first, ...rest] = long
    if (first === undefined) throw new Error('no records')
    expect(await verifyRecords([...rest, first])).toEqual({ ok: false, seq: 1, kind: 'removed' })
  })
})

describe('anchors', () => {
  const chain = chainOf(10)
  const anchor = { seq: 8, hash: chain[7]?.hash ?? '' }

  test('a chain that contains its anchor is accepted', async () => {
    expect(await verifyRecords(chain, { anchors: [anchor] })).toMatchObject({ ok: true })
  })

  test('an end that was cut off is found', async () => {
    expect(await verifyRecords(chain.slice(0, 6), { anchors: [anchor] })).toEqual({
      ok: false,
      seq: 7,
      kind: 'removed',
    })
    expect(await verifyRecords(chain.slice(0, 6))).toMatchObject({ ok: true })
  })

  test('a chain that was hashed anew from a changed record on is found', async () => {
    const forged = [...chain.slice(0, 4), ...chainOf(6, 'SM3', { seq: 4, hash: chain[3]?.hash ?? '' })]
    expect(await verifyRecords(forged)).toMatchObject({ ok: true })
    expect(await verifyRecords(forged, { anchors: [anchor] })).toEqual({ ok: false, seq: 8, kind: 'rewritten' })
  })

  test('an extract is checked from the point before it', async () => {
    const from = { seq: 4, hash: chain[3]?.hash ?? '' }
    expect(await verifyRecords(chain.slice(4), { from })).toMatchObject({ ok: true, count: 6 })
    expect(await verifyRecords(chain.slice(4))).toEqual({ ok: false, seq: 1, kind: 'removed' })
    expect(await verifyRecords(chain.slice(4), { from: { seq: 4, hash: GENESIS_HASH } })).toEqual({
      ok: false,
      seq: 5,
      kind: 'changed',
    })
  })
})

describe('an export', () => {
  const lines = chainOf(4).map(({ alg, hash, record }) =>
    canonicalJson({ alg, hash, record: record as { seq: number } }),
  )

  test('may end with an empty line', async () => {
    expect(await verifyExport([...lines, ''])).toMatchObject({ ok: true, count: 4 })
  })

  test.each([
    ['that is cut', '{"alg":"SHA-256","ha'],
    ['that is another JSON value', '42'],
    ['without a record', '{"alg":"SHA-256","hash":"00"}'],
    ['with an unknown algorithm', lines[1]?.replace('SHA-256', 'MD5') ?? ''],
    ['whose number is text', lines[1]?.replace('"seq":2', '"seq":"2"') ?? ''],
    ['with a changed value', lines[1]?.replace('rec-2', 'rec-3') ?? ''],
  ])('with a line %s is broken there', async (_, line) => {
    expect(await verifyExport(lines.with(1, line))).toEqual({ ok: false, seq: 2, kind: 'changed' })
  })

  test('that names a lost record is broken there', async () => {
    const lost = '{"alg":"SHA-256","hash":"00","missing":2}'
    expect(await verifyExport(lines.with(1, lost))).toEqual({ ok: false, seq: 2, kind: 'removed' })
  })
})
