import fc from 'fast-check'
import { beforeAll, describe, expect, it } from 'vitest'
import { useDatabase } from '../support/database.ts'
import { pid, useLabs } from './lab-hub.ts'
import { cda, GLUCOSE, oru } from './messages.ts'

const labs = useLabs(useDatabase())
beforeAll(() => labs.sender('DY01'))

/** Bytes of a good message with some of them changed, taken out or doubled. */
const mutated = (make: () => string) =>
  fc
    .array(
      fc.record({
        at: fc.nat(),
        how: fc.constantFrom('set', 'cut', 'double'),
        byte: fc.oneof(
          fc.integer({ min: 0, max: 255 }),
          fc.constantFrom(0x7c, 0x5e, 0x7e, 0x5c, 0x26, 0x0d, 0x3c, 0x3e, 0x22),
        ),
        length: fc.integer({ min: 1, max: 40 }),
      }),
      { minLength: 1, maxLength: 6 },
    )
    .map((changes) => {
      let bytes = Buffer.from(make())
      for (const { at, how, byte, length } of changes) {
        const place = at % bytes.length
        if (how === 'set') bytes[place] = byte
        else if (how === 'cut') bytes = Buffer.concat([bytes.subarray(0, place), bytes.subarray(place + length)])
        else bytes = Buffer.concat([bytes.subarray(0, place + length), bytes.subarray(place)])
      }
      return bytes
    })

describe('whatever arrives', () => {
  it('as a message is answered AA, AE or AR, and never with a fault of ours', async () => {
    const make = () =>
      oru({ patient: pid(0), results: [GLUCOSE, 'SN|X^x^99A||<^0.5|g/l|1-2|H~L|||C', 'CE|Y||P^阳性^99R||||||F'] })
    await fc.assert(
      fc.asyncProperty(mutated(make), async (bytes) => {
        const { status, code, text } = await labs.hl7(bytes)
        expect([200, 400, 422]).toContain(status)
        expect(['AA', 'AE', 'AR'], text).toContain(code)
        expect(text).not.toContain('207^')
      }),
      { numRuns: 250 },
    )
  }, 60_000)

  it('as a document is held, kept for review or refused, and never with a fault of ours', async () => {
    const make = () => cda({ identity: pid(1).split('^')[0] as string })
    await fc.assert(
      fc.asyncProperty(mutated(make), async (bytes) => {
        const { status, body } = await labs.cda(bytes)
        expect([200, 409, 422], JSON.stringify(body)).toContain(status)
      }),
      { numRuns: 250 },
    )
  }, 60_000)
})
