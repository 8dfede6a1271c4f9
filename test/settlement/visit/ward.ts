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

/** Names a visit by what an answer said of it. */
export const nameOf = ({ psnNo, mdtrtId }: visits.VisitName): visits.VisitName => ({ psnNo, mdtrtId })

/** The settlement of an outcome that must be one. */
export function settled(outcome: visits.SettleOutcome): visits.Settled {
  assert(outcome.state === 'settled', `not settled: ${JSON.stringify(outcome)}`)
  return outcome
}

type Ward = ReturnType<typeof useWard>
type Batch = Extract<visits.SettleVisitInput, { kind: 'outpatient' }>
type Stay = Extract<visits.SettleVisitInput, { kind: 'inpatient' }>

export const batchOf = (patient: TestPatient, mdtrtId: string, more: Partial<Batch> = {}): Batch => ({
  ...patient.said,
  kind: 'outpatient',
  mdtrtId,
  medType: '11',
  chrgBchno: 'B1',
  medfeeSumamt: '300.00',
  ...more,
})

export const stayOf = (patient: TestPatient, mdtrtId: string, more: Partial<Stay> = {}): Stay => ({
  ...patient.said,
  kind: 'inpatient',
  mdtrtId,
  midSetlFlag: '0',
  medfeeSumamt: '20000.00',
  ...more,
})

let numbers = 0

/** The steps of a scripted hospital, each with a message of its own. */
export const useSteps = (ward: Ward, hospital: () => string) => {
  const by = (msgid?: string) => ward.by(hospital(), msgid)
  const deps = () => ward.deps()
  return {
    by,
    register: async (patient: TestPatient, more: Partial<visits.RegisterInput> = {}) =>
      await visits.register(deps(), by(), { ...patient.said, begntime: AT, iptOtpNo: `MZ-${++numbers}`, ...more }),
    note: async (visit: visits.VisitName, more: Partial<visits.NoteVisitInput> = {}) =>
      await visits.noteVisit(deps(), by(), { ...nameOf(visit), medType: '11', begntime: AT, diseinfo: [], ...more }),
    addBatch: async (visit: visits.VisitName, ...feedetail: visits.FeeLine[]) =>
      await visits.addLines(deps(), by(), { ...nameOf(visit), kind: 'outpatient', feedetail }),
    removeBatch: async (visit: visits.VisitName, chrgBchno = '0000') =>
      await visits.removeLines(deps(), by(), { ...nameOf(visit), kind: 'outpatient', chrgBchno }),
    admit: async (patient: TestPatient, more: Partial<visits.AdmitInput> = {}, msgid?: string) => ({
      psnNo: patient.said.psnNo,
      ...(await visits.admit(deps(), by(msgid), {
        ...patient.said,
        begntime: '2026-11-20 09:00:00',
        medType: '21',
        iptNo: `ZY-${++numbers}`,
        diseinfo: [],
        ...more,
      })),
    }),
    addStay: async (visit: visits.VisitName, ...feedetail: visits.FeeLine[]) =>
      await visits.addLines(deps(), by(), { ...nameOf(visit), kind: 'inpatient', feedetail }),
    removeStay: async (visit: visits.VisitName, feedetlSn = '0000') =>
      await visits.removeLines(deps(), by(), { ...nameOf(visit), kind: 'inpatient', feedetlSn }),
    discharge: async (visit: visits.VisitName, more: Partial<visits.DischargeInput> = {}) =>
      await visits.discharge(deps(), by(), {
        ...nameOf(visit),
        insutype: '310',
        endtime: '2026-11-24 10:00:00',
        dscgWay: '1',
        diseinfo: [],
        ...more,
      }),
    cancelDischarge: async (visit: visits.VisitName) => await visits.cancelDischarge(deps(), by(), nameOf(visit)),
    cancelAdmission: async (visit: visits.VisitName) => await visits.cancelAdmission(deps(), by(), nameOf(visit)),
    trying: async (input: visits.TryVisitInput) => await visits.tryVisit(deps(), by(), input),
    settle: async (input: visits.SettleVisitInput, msgid?: string) =>
      await visits.settleVisit(deps(), by(msgid), input),
    undo: async (visit: visits.VisitName, kind: visits.VisitKind, setlId: string) =>
      await visits.undoSettlement(deps(), by(), { ...nameOf(visit), kind, setlId }),
    compensate: async (psnNo: string, omsgid: string, oinfno: string) =>
      await visits.compensate(deps(), by(), { psnNo, omsgid, oinfno }),
    settlementOf: async (visit: visits.VisitName, setlId: string) =>
      await visits.readSettlement(deps(), by(), { ...nameOf(visit), setlId }),
  }
}
