import { describe, expect, test } from 'vitest'
import { visits } from '../../../src/settlement/index.ts'
import { useDatabase } from '../../support/database.ts'
import { useStage } from '../stage.ts'
import { batchOf, feeLine, stayLine, stayOf, useSteps, useWard } from './ward.ts'

const database = useDatabase()
const stage = useStage(database, { worker: false, env: { YMT_SETTLEMENT_WAIT_MS: '50' } })
const ward = useWard(stage, 'unknown')
const his = useSteps(ward, () => stage.hospital('510100', 2))

const drain = async () => await stage.settlement.pump.drain()

async function charged() {
  const patient = await ward.patient('510600')
  const visit = await his.register(patient)
  await his.note(visit)
  await his.addBatch(visit, feeLine('1', '300.00'))
  return { patient, visit }
}

describe('a settlement whose answer does not come in time', () => {
  test('is unknown, is told by 5203 and 5201 as such, and holds the visit until it is known', async () => {
    const { patient, visit } = await charged()
    const outcome = await his.settle(batchOf(patient, visit.mdtrtId), 'slow-1')
    expect(outcome).toMatchObject({ state: 'unknown', mdtrtId: visit.mdtrtId, msgid: 'slow-1' })
    expect(await his.settle(batchOf(patient, visit.mdtrtId), 'slow-1')).toEqual(outcome)
    expect(await his.settlementOf(visit, 'slow-1')).toEqual(outcome)
    for (const wait of [
      async () => await his.settle(batchOf(patient, visit.mdtrtId)),
      async () => await his.trying(batchOf(patient, visit.mdtrtId)),
      async () => await his.removeBatch(visit),
      async () => await his.note(visit),
      async () => await his.undo(visit, 'outpatient', '0'.repeat(26)),
      async () => await his.compensate(patient.said.psnNo, 'slow-1', '2207'),
    ]) {
      await expect(wait()).rejects.toMatchObject({ code: 'visit.outcome-open', retryable: true })
    }
    // Lines of another batch may come.
    await his.addBatch(visit, feeLine('2', '10.00', { chrgBchno: 'B2' }))
    await drain()
    const known = await his.settlementOf(visit, 'slow-1')
    expect(known).toMatchObject({ state: 'settled', setlinfo: { medfeeSumamt: '300.00', medinsSetlId: 'slow-1' } })
    expect(await his.settle(batchOf(patient, visit.mdtrtId), 'slow-1')).toEqual(known)
    const range = { psnNo: visit.psnNo, begntime: '2026-11-24 00:00:00', endtime: '2026-11-24 23:59:59' }
    expect(await visits.readVisits(ward.deps(), his.by(), range)).toMatchObject([
      { settlements: [{ medinsSetlId: 'slow-1', state: 'settled' }] },
    ])
    await his.compensate(patient.said.psnNo, 'slow-1', '2207')
    expect(await his.settlementOf(visit, 'slow-1')).toMatchObject({ setlinfo: { refdSetlFlag: '1' } })
  })

  test('that is refused leaves the lines free', async () => {
    const patient = await ward.patient('510600')
    const visit = await his.register(patient)
    // No figures for chronic diseases are in force: the refusal names them.
    await his.note(visit, { medType: '14', diseCodg: 'M00500' })
    await his.addBatch(visit, feeLine('1', '300.00', { diseCodg: 'M00500' }))
    await his.settle(batchOf(patient, visit.mdtrtId, { medType: '14' }), 'refused-1')
    await drain()
    expect(await his.settlementOf(visit, 'refused-1')).toMatchObject({
      state: 'refused',
      reasons: expect.arrayContaining([expect.objectContaining({ code: 'parameter-missing' })]),
    })
    await his.removeBatch(visit)
    await his.note(visit)
    // What was refused did nothing: compensating it changes nothing.
    await his.compensate(patient.said.psnNo, 'refused-1', '2207')
  })

  test('of a stay holds every other transaction of the stay', async () => {
    const patient = await ward.patient('510600')
    const visit = await his.admit(patient)
    await his.addStay(visit, stayLine('1', '2000.00'))
    await his.discharge(visit)
    expect(await his.settle(stayOf(patient, visit.mdtrtId, { medfeeSumamt: '2000.00' }), 'slow-2')).toMatchObject({
      state: 'unknown',
    })
    for (const wait of [
      async () => await his.addStay(visit, stayLine('2', '1.00')),
      async () => await his.removeStay(visit),
      async () => await his.cancelDischarge(visit),
      async () => await his.cancelAdmission(visit),
      async () => await his.discharge(visit),
    ]) {
      await expect(wait()).rejects.toMatchObject({ code: 'visit.outcome-open' })
    }
    await drain()
    expect(await his.settlementOf(visit, 'slow-2')).toMatchObject({ state: 'settled' })
  })
})
