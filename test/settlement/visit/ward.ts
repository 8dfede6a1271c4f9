import assert from 'node:assert/strict'
import type { CityCode } from '../../../src/codes/index.ts'
import { toWireId } from '../../../src/kernel/wire-id.ts'
import { seedPeople } from '../../../src/people/index.ts'
import { generatePeople } from '../../../src/sandbox/people.ts'
import { visits } from '../../../src/settlement/index.ts'
import { BY, type Stage } from '../stage.ts'

/** A patient with what calls say of one. */
export interface TestPatient {
  readonly personId: string
  readonly said: visits.SaidOfPatient & { readonly psnName: string; readonly psnType: string }
}

/** The verbs of visits over a stage, and what calls of a scripted hospital say. */
export function useWard(stage: Stage, seed: string) {
  const seeds = generatePeople(`visits ${seed}`, 200)
  let next = 0
  let msg = 0

  return {
    deps: (): visits.VisitDeps => ({ ...stage.deps, settlement: stage.settlement }),

    /** A sender with a new message. */
    by: (institution: string, msgid = `${seed}-${++msg}`): visits.Sender => ({ institution, msgid, actor: BY }),

    async patient(city: CityCode, of: { insutype?: '310' | '390'; psnType?: string } = {}): Promise<TestPatient> {
      const one = seeds[next++]
      assert(one !== undefined)
      const insutype = of.insutype ?? '310'
      const psnType = of.psnType ?? '11'
      const [personId] = await seedPeople(stage.deps, [{ ...one, insuredCity: city, insutype, psnType }])
      assert(personId !== undefined)
      return {
        personId,
        said: {
          psnNo: toWireId(personId),
          psnCertType: '01',
          certno: one.idNumber,
          psnName: one.name,
          insutype,
          psnType,
          mdtrtCertType: '02',
          mdtrtCertNo: one.idNumber,
        },
      }
    },
  }
}

export const AT = '2026-11-24 14:00:00'

export const feeLine = (feedetlSn: string, amount: string, more: Partial<visits.FeeLine> = {}): visits.FeeLine => ({
  feedetlSn,
  chrgBchno: 'B1',
  feeOcurTime: AT,
  medListCodg: 'TEST001',
  medinsListCodg: 'LOCAL-1',
  detItemFeeSumamt: amount,
  cnt: '1',
  pric: amount,
  ...more,
})

export const stayLine = (feedetlSn: string, amount: string, more: Partial<visits.FeeLine> = {}): visits.FeeLine => {
  const { chrgBchno: _none, ...line } = feeLine(feedetlSn, amount)
  return { ...line, ...more }
}
