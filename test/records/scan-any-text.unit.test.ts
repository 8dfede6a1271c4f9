import fc from 'fast-check'
import { expect, it } from 'vitest'
import { readSearchset } from '../../src/records/read-searchset.ts'

const pieces = [
  '{',
  '}',
  '[',
  ']',
  ',',
  ':',
  '"',
  '\\',
  ' ',
  '1',
  '-',
  'null',
  '"entry"',
  '"resource"',
  '"id"',
  '"meta"',
  '"tag"',
  'é',
]

it('reading ends for any text a hospital can send, and takes nothing for a searchset that is none', () => {
  const start = '{"resourceType":"Bundle","type":"searchset","entry":['
  fc.assert(
    fc.property(fc.array(fc.constantFrom(...pieces), { maxLength: 60 }), fc.boolean(), (parts, whole) => {
      const text = `${whole ? '' : start}${parts.join('')}`
      const reply = readSearchset(Buffer.from(text))
      if ('failure' in reply) return
      expect(JSON.parse(text)).toMatchObject({ resourceType: 'Bundle', type: 'searchset' })
    }),
    { numRuns: 5_000 },
  )
})

it('a text of millions of levels is refused before it is built', () => {
  const began = performance.now()
  const reply = readSearchset(Buffer.from(`{"x":${'['.repeat(5_000_000)}`))
  expect(reply).toMatchObject({ failure: { code: 'structure' } })
  expect(performance.now() - began).toBeLessThan(500)
})
