import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { type HeldVersion, nextVersion } from '../../src/labs/rules.ts'
import type { LabReport, ReportStatus } from '../../src/labs/types.ts'

const report = (status: ReportStatus, hour: number, value = '5.6'): LabReport => ({
  source: 'hl7v2',
  institution: 'H51060300001',
  laboratory: null,
  reportNo: 'R',
  numberSpace: null,
  status,
  versionAt: new Date(Date.UTC(2026, 10, 23, hour)).toISOString(),
  panel: { system: null, code: null, display: null },
  specimen: null,
  issuedAt: null,
  conclusion: null,
  items: [
    {
      localSystem: 's',
      localCode: 'c',
      display: null,
      loinc: null,
      subId: null,
      value: { kind: 'number', number: value, comparator: null },
      unit: null,
      range: null,
      flags: [],
      status: 'final',
      method: null,
      measuredAt: null,
    },
  ],
})
const held = (one: LabReport, status = one.status): HeldVersion => ({
  versionAt: new Date(one.versionAt),
  status,
  report: one,
})

describe('the next version of a report', () => {
  it('is the first where none is held', () => {
    expect(nextVersion(undefined, report('preliminary', 1))).toEqual({ kind: 'first', status: 'preliminary' })
  })

  it('replaces an older one, and is a change only where that one was usable', () => {
    expect(nextVersion(held(report('preliminary', 1)), report('final', 2, '6'))).toEqual({
      kind: 'replace',
      status: 'final',
      changed: false,
    })
    expect(nextVersion(held(report('final', 1)), report('corrected', 2, '6'))).toEqual({
      kind: 'replace',
      status: 'corrected',
      changed: true,
    })
    expect(nextVersion(held(report('final', 1)), report('cancelled', 2))).toEqual({
      kind: 'replace',
      status: 'cancelled',
      changed: true,
    })
    expect(nextVersion(held(report('cancelled', 1)), report('final', 2, '6'))).toEqual({
      kind: 'replace',
      status: 'final',
      changed: false,
    })
  })

  it('is an amendment where a final one says something else than a final one', () => {
    expect(nextVersion(held(report('final', 1)), report('final', 2, '6'))).toMatchObject({
      kind: 'replace',
      status: 'amended',
    })
    expect(nextVersion(held(report('corrected', 1)), report('final', 2, '6'))).toMatchObject({ status: 'amended' })
  })

  it('is nothing new where it says the same, whenever', () => {
    expect(nextVersion(held(report('final', 2)), report('final', 3))).toEqual({ kind: 'same' })
    expect(nextVersion(held(report('final', 2)), report('final', 1))).toEqual({ kind: 'same' })
    expect(nextVersion(held(report('final', 2), 'amended'), report('final', 3))).toEqual({ kind: 'same' })
  })

  it('is late where the laboratory made it before, or where it has come less far', () => {
    expect(nextVersion(held(report('final', 2)), report('corrected', 1, '6'))).toEqual({ kind: 'late' })
    expect(nextVersion(held(report('final', 2)), report('preliminary', 3, '6'))).toEqual({ kind: 'late' })
    expect(nextVersion(held(report('corrected', 2)), report('final', 2, '6'))).toEqual({ kind: 'late' })
  })

  it('leaves in force, in whatever order versions come, none that is less than another of a later time', () => {
    const versions = [
      report('preliminary', 1, '1'),
      report('final', 2, '2'),
      report('corrected', 3, '3'),
      report('corrected', 4, '4'),
    ]
    fc.assert(
      fc.property(fc.shuffledSubarray(versions, { minLength: 1 }), (order) => {
        let now: HeldVersion | undefined
        for (const one of order) {
          const next = nextVersion(now, one)
          if (next.kind === 'first' || next.kind === 'replace') now = held(one, next.status)
        }
        const newest = order.toSorted((a, b) => a.versionAt.localeCompare(b.versionAt)).at(-1)
        expect(now?.report).toEqual(newest)
      }),
    )
  })
})
