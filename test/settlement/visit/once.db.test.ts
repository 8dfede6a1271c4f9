import { describe, expect, test } from 'vitest'
import { visits } from '../../../src/settlement/index.ts'
import { useDatabase } from '../../support/database.ts'
import { faults, NO_FAULTS } from '../invariants.ts'
import { useStage } from '../stage.ts'
import { AT, batchOf, feeLine, nameOf, settled, stayLine, stayOf, useSteps, useWard } from './ward.ts'

const database = useDatabase()
const stage = useStage(database, { env: { YMT_SETTLEMENT_WAIT_MS: '30000' } })
const ward = useWard(stage, 'once')
const his = useSteps(ward, () => stage.hospital('510100', 2))

const failure = (code: string) => expect.objectContaining({ code: `visit.${code}` })

async function charged(patient: Awaited<ReturnType<typeof ward.patient>>) {
  const visit = await his.register(patient)
  await his.note(visit)
  await his.addBatch(visit, feeLine('1', '300.00'))
  return visit
}

const codesOf = (outcomes: readonly PromiseSettledResult<unknown>[]) =>
  outcomes.flatMap((one) => (one.status === 'rejected' ? [(one.reason as { code?: string }).code] : []))

const resultsOf = async (personId: string) =>
  (await database.db.selectFrom('settlement_result').select('kind').where('person_id', '=', personId).execute()).map(
    (one) => one.kind,
  )

describe('whatever comes twice at the same time', () => {
  test('one batch settled by many messages gives one settlement', async () => {
    const patient = await ward.patient('510600')
    const visit = await charged(patient)
    const outcomes = await Promise.allSettled(
      Array.from({ length: 12 }, () => his.settle(batchOf(patient, visit.mdtrtId))),
    )
    expect(outcomes.filter((one) => one.status === 'fulfilled')).toHaveLength(1)
    expect(codesOf(outcomes).every((code) => code === 'visit.outcome-open' || code === 'visit.out-of-order')).toBe(true)
    expect(await resultsOf(patient.personId)).toEqual(['settlement'])
  })

  test('one message many times gives one settlement and one answer', async () => {
    const patient = await ward.patient('510600')
    const visit = await charged(patient)
    const outcomes = await Promise.all(
      Array.from({ length: 12 }, () => his.settle(batchOf(patient, visit.mdtrtId), 'once-the-same')),
    )
    expect(new Set(outcomes.map((one) => JSON.stringify(one))).size).toBe(1)
    expect(await his.settle(batchOf(patient, visit.mdtrtId), 'once-the-same')).toEqual(outcomes[0])
    expect(await resultsOf(patient.personId)).toEqual(['settlement'])
    await expect(his.settle(batchOf(patient, visit.mdtrtId, { acctUsedFlag: '1' }), 'once-the-same')).rejects.toEqual(
      failure('message-reused'),
    )
  })

  test('one settlement taken back many times gives one reversal', async () => {
    const patient = await ward.patient('510600')
    const visit = await charged(patient)
    const { setlId } = settled(await his.settle(batchOf(patient, visit.mdtrtId))).setlinfo
    const outcomes = await Promise.allSettled(Array.from({ length: 8 }, () => his.undo(visit, 'outpatient', setlId)))
    expect(outcomes.filter((one) => one.status === 'fulfilled')).toHaveLength(1)
    expect((await resultsOf(patient.personId)).toSorted()).toEqual(['reversal', 'settlement'])
  })

  test('one number is of one visit, for every patient, until it is cancelled', async () => {
    const [one, other] = [await ward.patient('510600'), await ward.patient('510100')]
    const outcomes = await Promise.allSettled([
      ...Array.from({ length: 6 }, () => his.register(one, { iptOtpNo: 'MZ-RACE' })),
      ...Array.from({ length: 3 }, () => his.admit(other, { iptNo: 'MZ-RACE' })),
    ])
    const visit = outcomes.flatMap((out) => (out.status === 'fulfilled' ? [out.value] : []))
    expect(visit).toHaveLength(1)
    expect(new Set(codesOf(outcomes))).toEqual(new Set(['visit.number-taken']))
  })

  test('a taken number names the visit to who comes again for the same person, and to nobody else', async () => {
    const [one, other] = [await ward.patient('510600'), await ward.patient('510100')]
    const visit = await his.register(one, { iptOtpNo: 'MZ-MINE' })
    await expect(his.register(one, { iptOtpNo: 'MZ-MINE' })).rejects.toMatchObject({
      meta: { mdtrt_id: visit.mdtrtId },
    })
    await expect(his.register(other, { iptOtpNo: 'MZ-MINE' })).rejects.toMatchObject({
      code: 'visit.number-taken',
      meta: {},
    })
  })

  test('lines that come twice are there once', async () => {
    const patient = await ward.patient('510600')
    const visit = await his.admit(patient)
    const outcomes = await Promise.allSettled(
      Array.from({ length: 6 }, () => his.addStay(visit, stayLine('1', '5.00'), stayLine('2', '7.00'))),
    )
    expect(outcomes.filter((one) => one.status === 'fulfilled')).toHaveLength(1)
    expect(new Set(codesOf(outcomes))).toEqual(new Set(['visit.line-repeated']))
    await expect(his.addStay(visit, stayLine('2', '7.00'), stayLine('3', '7.00'))).rejects.toMatchObject({
      code: 'visit.line-repeated',
      errors: [{ pointer: '/feedetail/0/feedetl_sn' }],
    })
    await his.discharge(visit)
    settled(await his.settle(stayOf(patient, visit.mdtrtId, { medfeeSumamt: '12.00' })))
  })

  test('lines are taken back or settled, never both', async () => {
    for (let round = 0; round < 5; round++) {
      const patient = await ward.patient('510600')
      const visit = await charged(patient)
      const [settling, removing] = await Promise.allSettled([
        his.settle(batchOf(patient, visit.mdtrtId)),
        his.removeBatch(visit),
      ])
      expect([settling?.status, removing?.status].toSorted()).toEqual(['fulfilled', 'rejected'])
      const lines = await database.db
        .selectFrom('settlement_visit_line')
        .select('feedetl_sn')
        .where('person_id', '=', patient.personId)
        .execute()
      expect(lines).toHaveLength(settling?.status === 'fulfilled' ? 1 : 0)
    }
  })

  test('one admission by one message is one stay', async () => {
    const patient = await ward.patient('510600')
    const stays = await Promise.all(
      Array.from({ length: 5 }, () => his.admit(patient, { iptNo: 'ZY-SAME' }, 'once-admit')),
    )
    expect(new Set(stays.map((one) => one.mdtrtId)).size).toBe(1)
  })
})

describe('2601', () => {
  test('takes a settlement back by the message that made it, once, and that message then does nothing', async () => {
    const patient = await ward.patient('510600')
    const visit = await charged(patient)
    const { setlId } = settled(await his.settle(batchOf(patient, visit.mdtrtId), 'lost-1')).setlinfo
    const { psnNo } = patient.said
    await Promise.all(Array.from({ length: 4 }, () => his.compensate(psnNo, 'lost-1', '2207')))
    await his.compensate(psnNo, 'lost-1', '2207')
    expect(await his.settlementOf(visit, setlId)).toMatchObject({ setlinfo: { refdSetlFlag: '1' } })
    expect(await his.settlementOf(visit, 'lost-1')).toMatchObject({ setlinfo: { refdSetlFlag: '1' } })
    expect((await resultsOf(patient.personId)).toSorted()).toEqual(['reversal', 'settlement'])
    await expect(his.settle(batchOf(patient, visit.mdtrtId), 'lost-1')).rejects.toEqual(failure('message-compensated'))
    // New work under a new message goes on.
    settled(await his.settle(batchOf(patient, visit.mdtrtId)))
  })

  test('of a message that has not come succeeds, and the late original is refused', async () => {
    const patient = await ward.patient('510600')
    const visit = await charged(patient)
    await his.compensate(patient.said.psnNo, 'late-1', '2207')
    await expect(his.settle(batchOf(patient, visit.mdtrtId), 'late-1')).rejects.toEqual(failure('message-compensated'))
    await his.compensate(patient.said.psnNo, 'late-2', '2401')
    await expect(his.admit(patient, {}, 'late-2')).rejects.toEqual(failure('message-compensated'))
    expect(await resultsOf(patient.personId)).toEqual([])
  })

  test('at the same time as the message leaves it settled and taken back, or refused', async () => {
    for (let round = 0; round < 20; round++) {
      const patient = await ward.patient('510600')
      const visit = await charged(patient)
      const msgid = `race-${round}`
      const [settling, compensating] = await Promise.allSettled([
        his.settle(batchOf(patient, visit.mdtrtId), msgid),
        his.compensate(patient.said.psnNo, msgid, '2207'),
      ])
      expect(compensating?.status).toBe('fulfilled')
      const kinds = (await resultsOf(patient.personId)).toSorted()
      if (settling?.status === 'rejected') expect(kinds).toEqual([])
      else expect(kinds).toEqual(['reversal', 'settlement'])
    }
  })

  test('takes an admission back, and not while something stands on it', async () => {
    const patient = await ward.patient('510600')
    const visit = await his.admit(patient, { iptNo: 'ZY-C' }, 'adm-1')
    await his.addStay(visit, stayLine('1', '5.00'))
    await expect(his.compensate(patient.said.psnNo, 'adm-1', '2401')).rejects.toMatchObject({
      code: 'visit.out-of-order',
      meta: { missing: '2302' },
    })
    await his.removeStay(visit)
    await his.compensate(patient.said.psnNo, 'adm-1', '2401')
    const again = await his.admit(patient, { iptNo: 'ZY-C' }, 'adm-2')
    await his.cancelAdmission(again)
    await his.compensate(patient.said.psnNo, 'adm-2', '2401')
  })

  test('finds only what can be compensated, of this person, by this institution', async () => {
    const [patient, other] = [await ward.patient('510600'), await ward.patient('510600')]
    const visit = await charged(patient)
    settled(await his.settle(batchOf(patient, visit.mdtrtId), 'mine-1'))
    await expect(his.compensate(patient.said.psnNo, 'mine-1', '2204')).rejects.toEqual(failure('not-compensable'))
    await expect(his.compensate(patient.said.psnNo, 'mine-1', '2304')).rejects.toEqual(failure('not-compensable'))
    await expect(his.compensate(other.said.psnNo, 'mine-1', '2207')).rejects.toEqual(failure('not-compensable'))
    const elsewhere = ward.by(stage.hospital('510600', 3))
    await visits.compensate(ward.deps(), elsewhere, { psnNo: patient.said.psnNo, omsgid: 'mine-1', oinfno: '2207' })
    expect(await resultsOf(patient.personId)).toEqual(['settlement'])
  })
})

describe('a purchase', () => {
  const pharmacy = () => stage.pharmacy('510100')
  const drug = (sn: string, amount: string): visits.FeeLine => stayLine(sn, amount)

  test('is tried, settled once, told and taken back', async () => {
    const patient = await ward.patient('510600')
    const deps = ward.deps()
    const input: visits.PharmacyInput = {
      ...patient.said,
      begntime: AT,
      medType: '41',
      medfeeSumamt: '300.00',
      drugdetail: [drug('1', '250.00'), drug('2', '50.00')],
    }
    const trial = await visits.tryPharmacy(deps, ward.by(pharmacy()), input)
    expect(trial).toMatchObject({ state: 'settled', setlinfo: { mdtrtId: '', setlId: '' } })
    const by = ward.by(pharmacy(), 'buy-1')
    const outcomes = await Promise.all(Array.from({ length: 6 }, () => visits.buyAtPharmacy(deps, by, input)))
    expect(new Set(outcomes.map((one) => JSON.stringify(one))).size).toBe(1)
    const bought = settled(outcomes[0] as visits.SettleOutcome)
    // (300 - 200) x 0.50 at a pharmacy.
    expect(bought.setlinfo).toMatchObject({ hifpPay: '50.00', clrType: '41', medinsSetlId: 'buy-1' })
    expect(bought.detlcutinfo?.map((one) => one.inscpScpAmt)).toEqual(['250.00', '50.00'])
    const { psnNo, mdtrtId, setlId } = bought.setlinfo
    const undone = await visits.undoSettlement(deps, ward.by(pharmacy()), { psnNo, mdtrtId, setlId, kind: 'pharmacy' })
    expect(undone.setlinfo.hifpPay).toBe('-50.00')
    await expect(
      visits.undoSettlement(deps, ward.by(pharmacy()), { psnNo, mdtrtId, setlId, kind: 'pharmacy' }),
    ).rejects.toEqual(failure('out-of-order'))
    await expect(
      visits.buyAtPharmacy(deps, ward.by(pharmacy()), { ...input, medfeeSumamt: '299.00' }),
    ).rejects.toMatchObject({ code: 'visit.total-mismatch', errors: [{ pointer: '/medfee_sumamt' }] })
    await visits.buyAtPharmacy(deps, ward.by(pharmacy(), 'buy-2'), input)
    await visits.compensate(deps, ward.by(pharmacy()), { psnNo, omsgid: 'buy-2', oinfno: '2102' })
    expect((await resultsOf(patient.personId)).toSorted()).toEqual(['reversal', 'reversal', 'settlement', 'settlement'])
  })

  test('leaves the books whole', async () => {
    expect(await faults(database.db)).toEqual(NO_FAULTS)
    expect(nameOf({ psnNo: 'a', mdtrtId: 'b' })).toEqual({ psnNo: 'a', mdtrtId: 'b' })
  })
})
