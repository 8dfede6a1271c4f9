import { describe, expect, test } from 'vitest'
import { visits } from '../../../src/settlement/index.ts'
import { seedItems } from '../../support/catalogue.ts'
import { useDatabase } from '../../support/database.ts'
import { faults, NO_FAULTS } from '../invariants.ts'
import { useStage } from '../stage.ts'
import { settled, stayLine, stayOf, useSteps, useWard } from './ward.ts'

const database = useDatabase()
const stage = useStage(database, { env: { YMT_SETTLEMENT_WAIT_MS: '30000' } })
const ward = useWard(stage, 'in')
const his = useSteps(ward, () => stage.hospital('510600', 3))

const failure = (code: string, missing?: string) =>
  expect.objectContaining({
    code: `visit.${code}`,
    ...(missing === undefined ? {} : { meta: expect.objectContaining({ missing }) }),
  })

describe('a stay', () => {
  test('goes from admission to settlement with a return on the way, and all of it is taken back', async () => {
    const patient = await ward.patient('510100')
    const visit = await his.admit(patient)
    await his.addStay(visit, stayLine('1', '1000.00', { medListCodg: 'CLASS-C' }), stayLine('2', '11000.00'))
    await his.addStay(visit, stayLine('3', '9000.00', { medListCodg: 'CLASS-B', cnt: '9', pric: '1000.00' }))
    const [back] = await his.addStay(
      visit,
      stayLine('4', '-1000.00', { medListCodg: 'CLASS-B', cnt: '-1', pric: '1000.00', initFeedetlSn: '3' }),
    )
    expect(back).toMatchObject({ detItemFeeSumamt: '-1000.00', preselfpayAmt: '-100.00', inscpScpAmt: '-900.00' })
    const inside = { begntime: '2026-11-01 00:00:00', endtime: '2026-11-24 23:00:00' }
    expect(await visits.inHospital(ward.deps(), his.by(), { ...inside, psnNo: visit.psnNo })).toMatchObject([
      { mdtrtId: visit.mdtrtId, inhospStas: '1', outFlag: '1', begntime: '2026-11-20 09:00:00' },
    ])
    await expect(his.settle(stayOf(patient, visit.mdtrtId))).rejects.toEqual(failure('out-of-order', '2402'))
    await his.discharge(visit)
    expect(await visits.inHospital(ward.deps(), his.by(), { ...inside, psnNo: visit.psnNo })).toEqual([])
    const totals = { fulamtOwnpayAmt: '1000.00', overlmtSelfpay: '0', preselfpayAmt: '800.00', inscpScpAmt: '18200.00' }
    const trial = await his.trying(stayOf(patient, visit.mdtrtId, totals))
    const { setlinfo, setldetail } = settled(await his.settle(stayOf(patient, visit.mdtrtId, totals)))
    // G1 of the golden cases: Chengdu, in work, third level, first stay.
    expect(setlinfo).toMatchObject({
      ...totals,
      overlmtSelfpay: '0.00',
      actPayDedc: '800.00',
      hifpPay: '14790.00',
      psnPartAmt: '5210.00',
      clrType: '21',
      begndate: '2026-11-20',
      enddate: '2026-11-24',
    })
    expect(trial).toMatchObject({ setlinfo: { hifpPay: '14790.00', setlId: '' } })
    expect(setldetail.map((one) => [one.fundPayType, one.fundPayamt])).toEqual([['310100', '14790.00']])
    await expect(his.cancelDischarge(visit)).rejects.toEqual(failure('out-of-order', '2305'))
    const undone = await his.undo(visit, 'inpatient', setlinfo.setlId)
    expect(undone.setlinfo.hifpPay).toBe('-14790.00')
    await his.cancelDischarge(visit)
    await his.removeStay(visit)
    await his.cancelAdmission(visit)
    expect(await faults(database.db)).toEqual(NO_FAULTS)
  })

  test('is settled on the way and at its end, each line once', async () => {
    const patient = await ward.patient('510100')
    const visit = await his.admit(patient)
    await his.addStay(visit, stayLine('1', '3000.00'))
    const mid = settled(await his.settle(stayOf(patient, visit.mdtrtId, { midSetlFlag: '1', medfeeSumamt: '3000.00' })))
    await expect(
      his.addStay(visit, stayLine('r', '-3000.00', { cnt: '-1', pric: '3000.00', initFeedetlSn: '1' })),
    ).rejects.toEqual(failure('line-settled', '2305'))
    await expect(his.removeStay(visit)).rejects.toEqual(failure('out-of-order', '2305'))
    await his.addStay(visit, stayLine('2', '500.00'))
    await expect(his.removeStay(visit, '1')).rejects.toEqual(failure('line-settled', '2305'))
    await his.discharge(visit)
    const last = settled(await his.settle(stayOf(patient, visit.mdtrtId, { medfeeSumamt: '500.00' })))
    expect([mid.setlinfo.medfeeSumamt, last.setlinfo.medfeeSumamt]).toEqual(['3000.00', '500.00'])
    await expect(his.settle(stayOf(patient, visit.mdtrtId, { medfeeSumamt: '500.00' }))).rejects.toEqual(
      failure('done-already'),
    )
    await his.undo(visit, 'inpatient', last.setlinfo.setlId)
    await his.undo(visit, 'inpatient', mid.setlinfo.setlId)
    // Both parts are free: the stay is one bill now.
    expect(
      settled(await his.settle(stayOf(patient, visit.mdtrtId, { medfeeSumamt: '3500.00' }))).setlinfo.medfeeSumamt,
    ).toBe('3500.00')
  })

  test('takes back no more than was charged, at its own price, of its own lines, the last return first', async () => {
    const patient = await ward.patient('510100')
    const visit = await his.admit(patient)
    await his.addStay(visit, stayLine('1', '300.00', { cnt: '3', pric: '100.00' }))
    const back = (sn: string, cnt: string, amount: string, more = {}) =>
      his.addStay(visit, stayLine(sn, amount, { cnt, pric: '100.00', initFeedetlSn: '1', ...more }))
    await expect(back('r', '-4', '-400.00')).rejects.toEqual(failure('return-too-large'))
    await expect(back('r', '-3', '-299.99')).rejects.toEqual(failure('return-too-large'))
    await expect(back('r', '-1', '-100.00', { initFeedetlSn: '9' })).rejects.toEqual(failure('line-not-found'))
    await expect(back('r', '-1', '-99.00', { pric: '99.00' })).rejects.toEqual(failure('field-invalid'))
    await expect(back('r', '-1', '-100.00', { medListCodg: 'T1' })).rejects.toEqual(failure('field-invalid'))
    await expect(back('r', '1', '100.00')).rejects.toEqual(failure('field-invalid'))
    await expect(
      his.addStay(
        visit,
        stayLine('a', '-200.00', { cnt: '-2', pric: '100.00', initFeedetlSn: '1' }),
        stayLine('b', '-200.00', { cnt: '-2', pric: '100.00', initFeedetlSn: '1' }),
      ),
    ).rejects.toEqual(failure('return-too-large'))
    await back('r1', '-1', '-100.00')
    await back('r2', '-2', '-200.00')
    await expect(his.removeStay(visit, '1')).rejects.toEqual(failure('line-returned'))
    await expect(his.removeStay(visit, 'r1')).rejects.toEqual(failure('line-returned'))
    await his.discharge(visit)
    // Everything was returned.
    await expect(his.settle(stayOf(patient, visit.mdtrtId, { medfeeSumamt: '0' }))).rejects.toEqual(
      failure('out-of-order', '2301'),
    )
    await his.cancelDischarge(visit)
    await his.removeStay(visit, 'r2')
    await his.removeStay(visit, 'r1')
    await his.removeStay(visit, '1')
    await his.cancelAdmission(visit)
  })

  test('gives back what it charged by the terms of that day, also where the item has left the catalogue since', async () => {
    await seedItems(stage.deps, [{ code: 'GONE', chrgitmLv: '02', selfpayProp: '0.2', to: '2026-11-22' }])
    await expect
      .poll(() => stage.settlement.catalogue.termsAt('510600', 'GONE', '2026-11-22', '3'), { timeout: 5000 })
      .toBeDefined()
    const patient = await ward.patient('510100')
    const visit = await his.admit(patient)
    const gone = { medListCodg: 'GONE', pric: '100.00' }
    await his.addStay(visit, stayLine('1', '300.00', { ...gone, cnt: '3', feeOcurTime: '2026-11-22 10:00:00' }))
    await expect(his.addStay(visit, stayLine('2', '100.00', gone))).rejects.toEqual(failure('item-unknown'))
    const [back] = await his.addStay(visit, stayLine('r', '-100.00', { ...gone, cnt: '-1', initFeedetlSn: '1' }))
    expect(back).toMatchObject({ chrgitmLv: '02', preselfpayAmt: '-20.00', inscpScpAmt: '-80.00' })
  })

  test('is settled before its end where a row of the area says so, and not at all where none is in force', async () => {
    const patient = await ward.patient('510100')
    const visit = await his.admit(patient)
    await his.addStay(visit, stayLine('1', '2000.00'))
    const row = { area: '510600', item: 'discharge_before_settlement', source_document: 'test' }
    await database.db
      .insertInto('settlement_visit_policy')
      .values({ ...row, value: false, effective_from: '2026-11-24' })
      .execute()
    settled(await his.settle(stayOf(patient, visit.mdtrtId, { medfeeSumamt: '2000.00' })))
    await his.discharge(visit)
    await database.db.deleteFrom('settlement_visit_policy').where('area', '=', '510600').execute()
    const other = await his.admit(patient)
    await his.addStay(other, stayLine('1', '2000.00'))
    await his.discharge(other)
    await expect(his.settle(stayOf(patient, other.mdtrtId, { medfeeSumamt: '2000.00' }))).rejects.toEqual(
      failure('policy-missing'),
    )
    await database.db
      .insertInto('settlement_visit_policy')
      .values({ ...row, value: true, effective_from: '2000-01-01' })
      .execute()
    settled(await his.settle(stayOf(patient, other.mdtrtId, { medfeeSumamt: '2000.00' })))
  })

  test('takes 500 lines in one call, each with its split', async () => {
    const patient = await ward.patient('511400')
    const visit = await his.admit(patient)
    const lines = Array.from({ length: 500 }, (_none, at) => stayLine(`L${at}`, '10.00', { medListCodg: 'CLASS-B' }))
    const split = await his.addStay(visit, ...lines)
    expect(split.map((one) => one.feedetlSn)).toEqual(lines.map((one) => one.feedetlSn))
    expect(new Set(split.map((one) => one.preselfpayAmt))).toEqual(new Set(['1.00']))
    await his.discharge(visit)
    expect(
      settled(await his.settle(stayOf(patient, visit.mdtrtId, { medfeeSumamt: '5000.00' }))).setlinfo,
    ).toMatchObject({
      preselfpayAmt: '500.00',
    })
  })
})
