import { describe, expect, it } from 'vitest'
import {
  BUNDLE_ID,
  MESSAGE_BYTES,
  MESSAGE_ID,
  messageTemplate,
  PATIENT_ID,
  TIMESTAMP,
} from '../../bench/records-route.ts'
import { type Round, readRows, rowPlans } from '../../bench/records-rows.ts'

describe('the rows of the records bench', () => {
  const round: Round = {
    hub: { p50Ms: 104, cpuUs: 1_500, perSecond: 100 },
    slowest: { p50Ms: 100 },
    rewrite: { cpuUs: 1_000 },
    hang: { overMs: -120, perSecond: 80 },
    large: { peakMib: 600, restMib: 200, whole: 150 },
    validate: { validateUs: 300, parseUs: 1_000 },
    order: { p99Ms: 150, p50Ms: 60, perSecond: 50 },
    route: { perSecond: 900, p50Ms: 10 },
    rows: { perSecond: 1_000 },
  }
  const { large, ...repeated } = round
  const rows = readRows(rowPlans, [repeated, repeated, repeated], { large } as Round)

  it.each([
    ['fanout-overhead', 4, true],
    ['bundle-cpu', 1_500, true],
    ['hang', -120, true],
    ['hang-rate', 80, false],
    ['big', 600, false],
    ['route', 900, false],
    ['validate', 300, true],
    ['check-order', 150, true],
    ['big-whole', 150, null],
  ])('%s is read off what was measured', (name, value, met) => {
    expect(rows.find((row) => row.case === name)).toMatchObject({ value, met })
  })

  it('are refused where something was not measured', () => {
    expect(() => readRows(rowPlans, [{}], {})).toThrow(/has no figure/)
  })
})

it('a message has the size that is said, and an id, patient and time of its own', () => {
  const template = messageTemplate()
  expect(Buffer.byteLength(template)).toBe(MESSAGE_BYTES)
  expect(JSON.parse(template)).toMatchObject({ resourceType: 'Bundle', type: 'message' })
  for (const mark of [MESSAGE_ID, BUNDLE_ID, PATIENT_ID, TIMESTAMP]) expect(template).toContain(mark)
})
