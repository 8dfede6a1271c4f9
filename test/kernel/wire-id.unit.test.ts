import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { newId } from '../../src/kernel/ids.ts'
import { fromWireId, toWireId } from '../../src/kernel/wire-id.ts'

describe('ids of 26 letters', () => {
  it('come back as the id they were made of', () => {
    fc.assert(
      fc.property(fc.uuid(), (uuid) => {
        const text = toWireId(uuid)
        expect(text).toMatch(/^[0-9A-HJKMNP-TV-Z]{26}$/)
        expect(fromWireId(text)).toBe(uuid)
      }),
    )
  })

  it('sort as the ids do', () => {
    const ids = Array.from({ length: 50 }, () => newId<'visit'>())
    expect(ids.map(toWireId).toSorted()).toStrictEqual(ids.toSorted().map(toWireId))
  })

  it('know the smallest and the largest', () => {
    expect(toWireId('00000000-0000-0000-0000-000000000000')).toBe('0'.repeat(26))
    expect(toWireId('ffffffff-ffff-ffff-ffff-ffffffffffff')).toBe(`7${'Z'.repeat(25)}`)
  })

  it.each([
    '',
    '0',
    `8${'0'.repeat(25)}`,
    '0'.repeat(27),
    `${'0'.repeat(25)}I`,
    `${'0'.repeat(25)}z`,
    ` ${'0'.repeat(25)}`,
  ])('are not guessed from %j', (text) => {
    expect(fromWireId(text)).toBeUndefined()
  })

  it('are made of UUIDs only', () => {
    expect(() => toWireId('510123')).toThrow(TypeError)
  })
})
