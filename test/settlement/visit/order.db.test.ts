import { describe, expect, test } from 'vitest'
import { AppError } from '../../../src/kernel/errors.ts'
import { visits } from '../../../src/settlement/index.ts'
import { ORDERS } from '../../../src/settlement/visit/rules.ts'
import { useDatabase } from '../../support/database.ts'
import { useStage } from '../stage.ts'
import { batchOf, feeLine, nameOf, settled, stayLine, stayOf, type TestPatient, useSteps, useWard } from './ward.ts'

const database = useDatabase()
const stage = useStage(database, { env: { YMT_SETTLEMENT_WAIT_MS: '30000' } })
const ward = useWard(stage, 'order')
const his = useSteps(ward, () => stage.hospital('510100', 2))

interface At {
  readonly patient: TestPatient
  readonly visit: visits.VisitName & { readonly iptOtpNo?: string }
  readonly setlId: string
}

const NO_SETTLEMENT = '0'.repeat(26)

/** How a visit comes into each state of the tables; `settling` needs a worker that does not come and is tested apart. */
const WAYS: Record<string, Record<string, (patient: TestPatient) => Promise<At>>> = {
  outpatient: {
    registered: async (patient) => ({ patient, visit: await his.register(patient), setlId: NO_SETTLEMENT }),
    noted: async (patient) => {
      const at = await reach('outpatient', 'registered', patient)
      await his.note(at.visit)
      return at
    },
    charged: async (patient) => {
      const at = await reach('outpatient', 'noted', patient)
      await his.addBatch(at.visit, feeLine('1', '300.00'))
      return at
    },
    settled: async (patient) => {
      const at = await reach('outpatient', 'charged', patient)
      const { setlinfo } = settled(await his.settle(batchOf(patient, at.visit.mdtrtId)))
      return { ...at, setlId: setlinfo.setlId }
    },
    'partly-settled': async (patient) => {
      const at = await reach('outpatient', 'settled', patient)
      await his.addBatch(at.visit, feeLine('2', '300.00', { chrgBchno: 'B2' }))
      return at
    },
    cancelled: async (patient) => {
      const at = await reach('outpatient', 'registered', patient)
      await visits.cancelRegistration(ward.deps(), his.by(), { ...nameOf(at.visit), iptOtpNo: at.visit.iptOtpNo ?? '' })
      return at
    },
  },
  inpatient: {
    admitted: async (patient) => ({ patient, visit: await his.admit(patient), setlId: NO_SETTLEMENT }),
    charged: async (patient) => {
      const at = await reach('inpatient', 'admitted', patient)
      await his.addStay(at.visit, stayLine('1', '300.00'))
      return at
    },
    'mid-settled': async (patient) => {
      const at = await reach('inpatient', 'charged', patient)
      const mid = { midSetlFlag: '1', medfeeSumamt: '300.00' }
      return { ...at, setlId: settled(await his.settle(stayOf(patient, at.visit.mdtrtId, mid))).setlinfo.setlId }
    },
    'mid-charged': async (patient) => {
      const at = await reach('inpatient', 'mid-settled', patient)
      await his.addStay(at.visit, stayLine('2', '300.00'))
      return at
    },
    'discharged-empty': async (patient) => await discharged('admitted', patient),
    discharged: async (patient) => await discharged('charged', patient),
    'discharged-mid': async (patient) => await discharged('mid-charged', patient),
    settled: async (patient) => {
      const at = await reach('inpatient', 'discharged', patient)
      const { setlinfo } = settled(await his.settle(stayOf(patient, at.visit.mdtrtId, { medfeeSumamt: '300.00' })))
      return { ...at, setlId: setlinfo.setlId }
    },
    cancelled: async (patient) => {
      const at = await reach('inpatient', 'admitted', patient)
      await his.cancelAdmission(at.visit)
      return at
    },
  },
}

async function reach(kind: string, state: string, patient: TestPatient): Promise<At> {
  const way = WAYS[kind]?.[state]
  if (way === undefined) throw new Error(`no way into ${state}`)
  return await way(patient)
}

async function discharged(from: string, patient: TestPatient): Promise<At> {
  const at = await reach('inpatient', from, patient)
  await his.discharge(at.visit)
  return at
}

/** Each transaction of the tables, sent to a visit in whatever state it is. */
const CALLS: Record<string, (at: At) => Promise<unknown>> = {
  '2202': async ({ visit }) =>
    await visits.cancelRegistration(ward.deps(), his.by(), { ...nameOf(visit), iptOtpNo: visit.iptOtpNo ?? '' }),
  '2203': async ({ visit }) => await his.note(visit),
  '2204': async ({ visit }) => await his.addBatch(visit, feeLine('9', '300.00', { chrgBchno: 'B9' })),
  '2205': async ({ visit }) => await his.removeBatch(visit),
  '2206': async ({ patient, visit }) => await his.trying(batchOf(patient, visit.mdtrtId, openBatch(visit))),
  '2207': async ({ patient, visit }) => settled(await his.settle(batchOf(patient, visit.mdtrtId, openBatch(visit)))),
  '2208': async ({ visit, setlId }) => await his.undo(visit, 'outpatient', setlId),
  '2404': async ({ visit }) => await his.cancelAdmission(visit),
  '2301': async ({ visit }) => await his.addStay(visit, stayLine('9', '300.00')),
  '2302': async ({ visit }) => await his.removeStay(visit),
  '2303': async ({ patient, visit }) => await his.trying(stayOf(patient, visit.mdtrtId, { medfeeSumamt: '300.00' })),
  '2402': async ({ visit }) => await his.discharge(visit),
  '2405': async ({ visit }) => await his.cancelDischarge(visit),
  '2304': async ({ patient, visit }) =>
    settled(await his.settle(stayOf(patient, visit.mdtrtId, { medfeeSumamt: '300.00' }))),
  '2304-mid': async ({ patient, visit }) =>
    settled(await his.settle(stayOf(patient, visit.mdtrtId, { medfeeSumamt: '300.00', midSetlFlag: '1' }))),
  '2305': async ({ visit, setlId }) => await his.undo(visit, 'inpatient', setlId),
}

const withB2 = new Set<string>()
const openBatch = ({ mdtrtId }: visits.VisitName) => (withB2.has(mdtrtId) ? { chrgBchno: 'B2' } : {})

const outcomeOf = async (call: string, at: At): Promise<string> => {
  try {
    await CALLS[call]?.(at)
    return 'ok'
  } catch (error) {
    if (!(error instanceof AppError)) throw error
    if (error.code === 'visit.done-already') return 'done'
    if (error.code === 'visit.out-of-order') return String(error.meta['missing'])
    throw error
  }
}

describe('a visit answers each transaction as the table says', () => {
  for (const kind of ['outpatient', 'inpatient'] as const) {
    const { calls, states } = ORDERS[kind]
    for (const state of Object.keys(WAYS[kind] ?? {})) {
      test(`${kind}, ${state}`, async () => {
        const patient = await ward.patient('510100')
        let at = await reach(kind, state, patient)
        if (state === 'partly-settled') withB2.add(at.visit.mdtrtId)
        for (const [index, call] of calls.entries()) {
          const expected = states[state]?.[index]
          expect(await outcomeOf(call, at), call).toBe(expected)
          // What was done has moved the visit on.
          if (expected === 'ok') {
            at = await reach(kind, state, patient)
            if (state === 'partly-settled') withB2.add(at.visit.mdtrtId)
          }
        }
      })
    }
  }

  test('every state of the tables is reached', () => {
    for (const kind of ['outpatient', 'inpatient'] as const) {
      expect(Object.keys(WAYS[kind] ?? {}).toSorted()).toEqual(
        Object.keys(ORDERS[kind].states)
          .filter((state) => state !== 'settling')
          .toSorted(),
      )
    }
  })

  test('a transaction of another kind of visit is told which one begins its own', async () => {
    const patient = await ward.patient('510100')
    const { visit } = await reach('outpatient', 'noted', patient)
    await expect(his.addStay(visit, stayLine('1', '1.00'))).rejects.toMatchObject({
      code: 'visit.other-kind',
      meta: { call: '2301', missing: '2401' },
    })
  })
})
