import { afterEach, describe, expect, it } from 'vitest'
import { newId } from '../../src/kernel/ids.ts'
import { inTx } from '../../src/kernel/tx.ts'
import { countMonth } from '../../src/recognition/figures-store.ts'
import { type DecisionRow, insertDecisions } from '../../src/recognition/store.ts'
import type { Resource } from '../../src/sandbox/hospital/types.ts'
import { CODES } from '../records/exchange.ts'
import { useDatabase } from '../support/database.ts'
import { byItem, useDesk } from './desk.ts'

const { hub, ask, decide, report, seeded } = useDesk(useDatabase())

afterEach(() => {
  for (const one of hub.peers) one.setFault({ kind: 'none' })
  hub.deps.clock.advance(15_000)
})

describe('a decision on a result of another city', () => {
  it('recognises what a 川渝HR mark covers and refuses, with its reason, what only a city mark or an ended mark covers', async () => {
    await seeded()
    const { status, body } = await decide(report('SHQT'))
    expect(status).toBe(200)
    expect(byItem(body.decisions)).toEqual({
      K: 'recognised',
      NA: 'recognised',
      GLU: 'recognised',
      TP: 'recognised',
      ALB: 'recognised',
      TG: 'recognised',
      TC: 'not-eligible E06',
      ALT: 'not-eligible E06',
    })
    const refused = body.decisions.find((one) => one.item?.code === 'TC')
    expect(refused?.hits[0]?.zh).toContain('互认标识')
    expect(body.decisions.find((one) => one.item?.code === 'K')?.mark?.label).toBe('川渝HR')
  })

  it('accepts the city mark inside its own city', async () => {
    const { body } = await decide(report('SHQT'), { institution: CODES[0] })
    expect(byItem(body.decisions)).toMatchObject({ TC: 'recognised' })
  })

  it('decides on the ordered item of a report only', async () => {
    const { body } = await decide({ ...report('SHQT'), orderedItem: 'GLU' })
    expect(byItem(body.decisions)).toEqual({ GLU: 'recognised' })
  })

  it('takes one observation with its specimen', async () => {
    const { body } = await decide({
      ...report('HBA1C'),
      result: { institution: CODES[0], type: 'Observation', id: 'o000001-1-HBA1C-HBA1C' },
    })
    expect(byItem(body.decisions)).toEqual({ HBA1C: 'recognised' })
  })

  it('keeps a coded reason for a repeated test, encrypting the physician’s words', async () => {
    const words = '服药后病情明显变化'
    const { body } = await decide({
      ...report('HBA1C'),
      statements: [{ item: 'HBA1C', action: 'repeat', reason: '01', detail: words, informed: 'yes' }],
    })
    expect(body.decisions[0]).toMatchObject({ outcome: 'not-recognised', reason: { code: '01' } })
    const row = await hub.deps.db
      .selectFrom('recognition_decision')
      .selectAll()
      .where('decision_id', '=', body.decisions[0]?.decisionId ?? '')
      .executeTakeFirstOrThrow()
    expect(row.detail_encrypted).not.toBeNull()
    expect(JSON.stringify(row)).not.toContain(words)
    expect(row.inputs).toMatchObject({ item: { code: 'HBA1C', version: 1 }, hits: [], context: { division: '510603' } })
  })

  it('can never be changed', async () => {
    await expect(
      hub.deps.db.updateTable('recognition_decision').set({ outcome: 'recognised' }).execute(),
    ).rejects.toThrow(/new decision/)
    await expect(hub.deps.db.deleteFrom('recognition_decision').execute()).rejects.toThrow(/new decision/)
  })

  it('is pending while the issuer cannot be asked', async () => {
    hub.peers[0]?.setFault({ kind: 'hang', on: 'search' })
    const { status, body } = await decide(report('SHQT'))
    expect(status).toBe(200)
    expect(byItem(body.decisions)).toEqual({ none: 'pending E97' })
  })

  it('does not show that a result of somebody else exists', async () => {
    const other = await decide({ ...report('SHQT'), personId: hub.people[1]?.personId })
    const absent = await decide({
      ...report('SHQT'),
      result: { institution: CODES[0], type: 'DiagnosticReport', id: 'r999999-1-SHQT' },
    })
    expect(byItem(other.body.decisions)).toEqual({ none: 'not-eligible E01' })
    expect(byItem(absent.body.decisions)).toEqual({ none: 'not-eligible E01' })
  })

  it('is given once per key: the same key answers the same decisions', async () => {
    const first = await decide(report('HBA1C'), { key: 'same-key' })
    // The hospital is gone: a repeat needs nobody.
    hub.peers[0]?.setFault({ kind: 'status500', on: 'search' })
    const before = hub.peers[0]?.seen.length
    const again = await decide(report('HBA1C'), { key: 'same-key' })
    expect(again.text).toBe(first.text)
    expect(again.replayed).toBe('true')
    expect((await decide(report('XCG'), { key: 'same-key' })).status).toBe(409)
    expect(hub.peers[0]?.seen.length).toBe(before)
  })
})

describe('a request that is refused', () => {
  it.each([
    [
      'a reason without its detail',
      { statements: [{ item: 'K', action: 'repeat', reason: '07', informed: 'yes' }] },
      422,
    ],
    ['a value claimed by the caller', { value: 5.1 }, 400],
    [
      'an id that reaches another address',
      { result: { institution: CODES[0], type: 'Observation', id: '../Patient' } },
      400,
    ],
    [
      'an issuer that is not registered',
      { result: { institution: 'H51010400099', type: 'Observation', id: 'o1' } },
      422,
    ],
  ])('for %s', async (_name, change, status) => {
    expect((await decide({ ...report('SHQT'), ...change })).status).toBe(status)
  })
})

describe('the monthly figures', () => {
  it('count the latest decision on each result, of the own institution only', async () => {
    hub.deps.clock.set('2026-12-02T02:00:00Z')
    const institution = CODES[2]
    const repeat = {
      statements: [{ item: 'HBA1C', action: 'repeat', reason: '08', detail: '其他原因', informed: 'yes' }],
    }
    await decide({ ...report('HBA1C'), ...repeat }, { institution })
    await decide(report('HBA1C'), { institution })
    await decide({ ...report('HBA1C', CODES[3]), ...repeat }, { institution })
    const figures = async (code: string) =>
      (
        await hub.app.inject({
          url: '/recognition/figures?month=2026-12',
          headers: { authorization: `Bearer ${await hub.token('hospital', code)}` },
        })
      ).json<Record<string, unknown>>()
    expect(await figures(institution)).toMatchObject({ recognised: 1, notRecognised: 1, rateBasisPoints: 5000 })
    expect(await figures(CODES[3])).toMatchObject({ recognised: 0, notRecognised: 0, rateBasisPoints: null, rows: [] })
  })

  it('tell a report from an observation of the same id, and the items of one report apart', async () => {
    hub.deps.clock.set('2026-12-20T02:00:00Z')
    const institution = CODES[1]
    const row = { personId: hub.people[2]?.personId as string, institution, issuer: CODES[0], resourceId: 'same' }
    const at = hub.deps.clock.now()
    const insert = async (changes: Pick<DecisionRow, 'resourceType' | 'item' | 'outcome'>) =>
      await inTx(hub.deps.db, (tx) =>
        insertDecisions(tx, [
          {
            ...row,
            ...changes,
            decisionId: newId<'decision'>(),
            reasonCode: null,
            countable: null,
            eCodes: ['E02'],
            inputs: {},
            detailEncrypted: null,
            dueAt: null,
            decidedBy: 'test',
            decidedAt: at,
            decidedMonth: '2026-12',
          },
        ]),
      )
    const counted = async () =>
      (await countMonth(hub.deps.db, institution, '2026-12', at)).map(({ item, count }) => `${item ?? ''} ${count}`)
    await insert({ resourceType: 'Observation', item: 'K', outcome: 'not-eligible' })
    await insert({ resourceType: 'DiagnosticReport', item: 'K', outcome: 'not-eligible' })
    await insert({ resourceType: 'DiagnosticReport', item: 'NA', outcome: 'not-eligible' })
    expect(await counted()).toEqual(['K 2', 'NA 1'])
    await insert({ resourceType: 'DiagnosticReport', item: 'NA', outcome: 'not-eligible' })
    await insert({ resourceType: 'Observation', item: 'K', outcome: 'not-eligible' })
    expect(await counted()).toEqual(['K 2', 'NA 1'])
  })

  it('count an emergency item without a code once its day is over', async () => {
    hub.deps.clock.set('2027-01-03T02:00:00Z')
    const institution = CODES[3]
    const panel = { ...report('HBA1C', CODES[1]), visit: { kind: 'emergency', rescue: true } }
    expect(byItem((await decide(panel, { institution })).body.decisions)).toEqual({ HBA1C: 'open' })
    const figures = async () =>
      (
        await hub.app.inject({
          url: '/recognition/figures?month=2027-01',
          headers: { authorization: `Bearer ${await hub.token('hospital', institution)}` },
        })
      ).json<Record<string, unknown>>()
    hub.deps.clock.advance(23 * 3_600_000)
    expect(await figures()).toMatchObject({ notRecognised: 0 })
    hub.deps.clock.advance(2 * 3_600_000)
    expect(await figures()).toMatchObject({ notRecognised: 1 })
  })
})

describe('an emergency item whose code comes later', () => {
  it.each([
    ['2027-02-03T02:00:00Z', 23, 0],
    ['2027-03-03T02:00:00Z', 25, 1],
  ])('from %s after %i hours', async (at, hours, before) => {
    hub.deps.clock.set(at)
    const month = at.slice(0, 7)
    const institution = CODES[3]
    const panel = { ...report('HBA1C', CODES[1]), visit: { kind: 'emergency', rescue: true } }
    const figures = async () =>
      (
        await hub.app.inject({
          url: `/recognition/figures?month=${month}`,
          headers: { authorization: `Bearer ${await hub.token('hospital', institution)}` },
        })
      ).json<Record<string, unknown>>()
    // Of that time, so that the limit of the item does not decide.
    const resource = [...(hub.peers[1]?.store.rowsOf('Observation') ?? [])].find(
      (one) => one.id === 'o000001-1-HBA1C-HBA1C',
    )
    hub.peers[1]?.store.put({ ...resource?.resource, effectiveDateTime: at } as Resource, 'o000001-1-HBA1C-HBA1C')
    expect(byItem((await decide(panel, { institution })).body.decisions)).toEqual({ HBA1C: 'open' })
    hub.deps.clock.advance(hours * 3_600_000)
    expect(await figures()).toMatchObject({ notRecognised: before })
    const statements = [{ item: 'HBA1C', action: 'repeat', reason: '04', informed: 'impossible' }]
    const { body } = await decide({ ...panel, statements }, { institution })
    expect(body.decisions[0]).toMatchObject({ outcome: 'not-recognised', reason: { code: '04' } })
    // Completed: once in the rate, in time or late.
    expect(await figures()).toMatchObject({ notRecognised: 1, recognised: 0 })
  })
})

it('a result that is decided on again in a later month counts once, in the later month', async () => {
  const institution = CODES[2]
  const figures = async (month: string, code: string = institution) =>
    (await ask('GET', `/recognition/figures?month=${month}`, { institution: code })).json<Record<string, unknown>>()
  hub.deps.clock.set('2027-04-29T02:00:00Z')
  // Of that time, so that the limit of the item does not decide.
  const id = 'o000001-1-HBA1C-HBA1C'
  const resource = [...(hub.peers[1]?.store.rowsOf('Observation') ?? [])].find((one) => one.id === id)?.resource
  hub.peers[1]?.store.put({ ...resource, effectiveDateTime: '2027-04-28T08:00:00+08:00' } as Resource, id)
  expect(byItem((await decide(report('HBA1C', CODES[1]), { institution })).body.decisions)).toEqual({
    HBA1C: 'recognised',
  })
  expect(await figures('2027-04')).toMatchObject({ recognised: 1, notRecognised: 0, savedAmount: '8.00' })
  expect(await figures('2027-04', CODES[1])).toMatchObject({ shared: 1, sharedAccepted: 1 })
  hub.deps.clock.set('2027-05-02T02:00:00Z')
  const statements = [{ item: 'HBA1C', action: 'repeat', reason: '08', detail: '其他原因', informed: 'yes' }]
  const again = await decide({ ...report('HBA1C', CODES[1]), statements }, { institution })
  expect(byItem(again.body.decisions)).toEqual({ HBA1C: 'not-recognised' })
  expect(await figures('2027-04')).toMatchObject({ recognised: 0, rateBasisPoints: null, savedAmount: '0.00' })
  expect(await figures('2027-05')).toMatchObject({ recognised: 0, notRecognised: 1, rateBasisPoints: 0 })
  expect(await figures('2027-04', CODES[1])).toMatchObject({ shared: 0, sharedAccepted: 0 })
  expect(await figures('2027-05', CODES[1])).toMatchObject({ shared: 1, sharedRefused: 1 })
})

it('a result of somebody with the same name and birth date is never shown as this person’s', async () => {
  const peer = hub.peers[0]
  const row = (type: string, id: string) => [...(peer?.store.rowsOf(type) ?? [])].find((one) => one.id === id)?.resource
  const patient = row('Patient', 'p000001')
  const other = {
    ...patient,
    id: 'twin',
    identifier: [{ system: 'urn:oid:2.16.156.10011.1.3', value: '510104190001019995' }],
  }
  peer?.store.put(other as Resource, 'twin')
  const twin = { ...row('DiagnosticReport', 'r000001-1-HBA1C'), id: 'r-twin', subject: { reference: 'Patient/twin' } }
  peer?.store.put(twin as Resource, 'r-twin')
  const { body, text } = await decide({
    ...report('HBA1C'),
    result: { institution: CODES[0], type: 'DiagnosticReport', id: 'r-twin' },
  })
  expect(byItem(body.decisions)).toEqual({ none: 'not-eligible E01' })
  expect(text).not.toContain('twin/')
})

it('the catalogue says of each limit whether it was verified', async () => {
  const response = await hub.app.inject({
    url: '/recognition/items',
    headers: { authorization: `Bearer ${await hub.token('bureau')}` },
  })
  const { items } = response.json<{ items: { code: string; verified: boolean }[] }>()
  expect(items.length).toBeGreaterThanOrEqual(12)
  expect(items.every((one) => !one.verified)).toBe(true)
})
