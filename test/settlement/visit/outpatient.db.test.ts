import { describe, expect, test } from 'vitest'
import { visits } from '../../../src/settlement/index.ts'
import { useDatabase } from '../../support/database.ts'
import { faults, NO_FAULTS } from '../invariants.ts'
import { useStage } from '../stage.ts'
import { AT, feeLine, type TestPatient, useWard } from './ward.ts'

const database = useDatabase()
const stage = useStage(database, { env: { YMT_SETTLEMENT_WAIT_MS: '30000' } })
const ward = useWard(stage, 'out')

const { addLines, cancelRegistration, noteVisit, readSettlement, readVisits, register } = visits
const { removeLines, settleVisit, tryVisit, undoSettlement } = visits

let no = 0
async function registered(hospital: string, patient: TestPatient) {
  return await register(ward.deps(), ward.by(hospital), { ...patient.said, begntime: AT, iptOtpNo: `MZ${++no}` })
}

const name = ({ psnNo, mdtrtId }: visits.VisitName) => ({ psnNo, mdtrtId })

const noted = async (hospital: string, patient: TestPatient, medType = '11') => {
  const visit = await registered(hospital, patient)
  await noteVisit(ward.deps(), ward.by(hospital), { ...name(visit), medType, begntime: AT, diseCodg: '', diseinfo: [] })
  return visit
}

const charged = async (hospital: string, patient: TestPatient, feedetail = [feeLine('1', '300.00')]) => {
  const visit = await noted(hospital, patient)
  const split = await addLines(ward.deps(), ward.by(hospital), { ...name(visit), kind: 'outpatient', feedetail })
  return { ...visit, split }
}

const settleInput = (
  patient: TestPatient,
  mdtrtId: string,
  more: Partial<Extract<visits.SettleVisitInput, { kind: 'outpatient' }>> = {},
): visits.SettleVisitInput => ({
  ...patient.said,
  kind: 'outpatient',
  mdtrtId,
  medType: '11',
  chrgBchno: 'B1',
  medfeeSumamt: '300.00',
  fulamtOwnpayAmt: '0',
  overlmtSelfpay: '0',
  preselfpayAmt: '0',
  inscpScpAmt: '300.00',
  ...more,
})

const settled = (outcome: visits.SettleOutcome): visits.Settled => {
  if (outcome.state !== 'settled') throw new Error(`not settled: ${JSON.stringify(outcome)}`)
  return outcome
}

const failure = (code: string, more: object = {}) => expect.objectContaining({ code: `visit.${code}`, ...more })

describe('an outpatient visit', () => {
  test('goes from registration to settlement, is told by 5201 and 5203, is taken back, and can be settled again', async () => {
    const deps = ward.deps()
    const hospital = stage.hospital('510100', 2)
    const patient = await ward.patient('510600')
    const visit = await charged(hospital, patient, [
      feeLine('1', '200.00'),
      feeLine('2', '100.00', { medListCodg: 'CLASS-B' }),
      feeLine('3', '50.00', { medListCodg: 'CLASS-C' }),
      feeLine('4', '150.00', { medListCodg: 'LIMITED' }),
    ])
    expect(visit.split.map((one) => [one.fulamtOwnpayAmt, one.overlmtAmt, one.preselfpayAmt, one.inscpScpAmt])).toEqual(
      [
        ['0.00', '0.00', '0.00', '200.00'],
        ['0.00', '0.00', '10.00', '90.00'],
        ['50.00', '0.00', '0.00', '0.00'],
        ['0.00', '50.00', '10.00', '90.00'],
      ],
    )
    const totals = {
      medfeeSumamt: '500.00',
      fulamtOwnpayAmt: '50.00',
      overlmtSelfpay: '50.00',
      preselfpayAmt: '20.00',
      inscpScpAmt: '380.00',
    }
    const trial = settled(
      (await tryVisit(deps, ward.by(hospital), settleInput(patient, visit.mdtrtId, totals))) as visits.SettleOutcome,
    )
    const by = ward.by(hospital)
    const outcome = settled(await settleVisit(deps, by, settleInput(patient, visit.mdtrtId, totals)))
    // (380 - 200) x 0.60 at a hospital of the second level.
    expect(outcome.setlinfo).toMatchObject({
      ...totals,
      psnNo: patient.said.psnNo,
      mdtrtId: visit.mdtrtId,
      hifpPay: '108.00',
      psnPartAmt: '392.00',
      actPayDedc: '200.00',
      medinsSetlId: by.msgid,
      insuplcAdmdvs: '510600',
      mdtrtareaAdmvs: '510100',
      refdSetlFlag: '0',
    })
    expect({ ...trial.setlinfo, setlId: '', medinsSetlId: '' }).toEqual({
      ...outcome.setlinfo,
      setlId: '',
      medinsSetlId: '',
    })
    expect(outcome.setldetail.map((one) => [one.fundPayType, one.fundPayamt])).toEqual([['310102', '108.00']])
    expect(JSON.parse(outcome.setldetail[0]?.setlProcInfo ?? '')).toMatchObject([{ hifpPay: 108 }])

    const { setlId } = outcome.setlinfo
    const asked = { ...name(visit), setlId }
    expect(await readSettlement(deps, ward.by(hospital), asked)).toEqual(outcome)
    expect(await readSettlement(deps, ward.by(hospital), { ...asked, setlId: by.msgid })).toEqual(outcome)
    const range = { psnNo: visit.psnNo, begntime: '2026-11-24 00:00:00', endtime: '2026-11-24 23:59:59' }
    expect(await readVisits(deps, ward.by(hospital), { ...range, medType: '11' })).toMatchObject([
      {
        mdtrtId: visit.mdtrtId,
        settlements: [{ setlId, medinsSetlId: by.msgid, state: 'settled', chrgBchno: 'B1' }],
        outFlag: '1',
      },
    ])

    await expect(
      removeLines(deps, ward.by(hospital), { ...name(visit), kind: 'outpatient', chrgBchno: 'B1' }),
    ).rejects.toEqual(failure('out-of-order', { meta: expect.objectContaining({ missing: '2208' }) }))
    const undone = await undoSettlement(deps, ward.by(hospital), { ...asked, kind: 'outpatient' })
    expect(undone.setlinfo).toMatchObject({ medfeeSumamt: '-500.00', hifpPay: '-108.00', refdSetlFlag: '1' })
    await expect(undoSettlement(deps, ward.by(hospital), { ...asked, kind: 'outpatient' })).rejects.toMatchObject({
      code: 'visit.out-of-order',
    })
    expect(await readSettlement(deps, ward.by(hospital), asked)).toMatchObject({
      setlinfo: { refdSetlFlag: '1', hifpPay: '108.00' },
    })
    expect(await readSettlement(deps, ward.by(hospital), { ...asked, setlId: undone.setlinfo.setlId })).toMatchObject({
      setlinfo: { hifpPay: '-108.00' },
    })
    // The batch is free: settled anew, then all is taken back to the registration.
    const again = settled(await settleVisit(deps, ward.by(hospital), settleInput(patient, visit.mdtrtId, totals)))
    expect(again.setlinfo.hifpPay).toBe('108.00')
    await undoSettlement(deps, ward.by(hospital), { ...asked, setlId: again.setlinfo.setlId, kind: 'outpatient' })
    await removeLines(deps, ward.by(hospital), { ...name(visit), kind: 'outpatient', chrgBchno: '0000' })
    await cancelRegistration(deps, ward.by(hospital), visit)
    expect(await readVisits(deps, ward.by(hospital), range)).toEqual([])
    // The number is free again.
    await register(deps, ward.by(hospital), { ...patient.said, begntime: AT, iptOtpNo: visit.iptOtpNo })
    expect(await faults(database.db)).toEqual(NO_FAULTS)
  })
})
