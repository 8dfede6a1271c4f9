import { randomUUID } from 'node:crypto'
import { describe, expect, it } from 'vitest'
import { decideAccess } from '../../src/consent/index.ts'
import { startOfDate } from '../../src/kernel/time.ts'
import { useDatabase } from '../support/database.ts'
import { DEYANG, NOW, useDesk, ZIYANG } from './desk.ts'

const database = useDatabase()
const desk = useDesk(database, 'overrides')

const ziyang = { role: 'hospital' as const, of: { institution: ZIYANG } }
const deyang = { role: 'hospital' as const, of: { institution: DEYANG } }
const authority = (city = '512000') => ({ role: 'supervisor' as const, of: { city } })

const open = (personId: string, change: object = {}, by: typeof ziyang & { key?: string } = ziyang) =>
  desk.post(
    '/consents/overrides',
    { personId, unit: '急诊科', officer: 'ZY-0231', reason: 'unconscious', text: '车祸昏迷，需了解用药史', ...change },
    by,
  )
const review = (overrideId: string, change: object = {}, by = authority()) =>
  desk.post(`/consents/overrides/${overrideId}/review`, { verdict: 'justified', officer: 'WJ-0007', ...change }, by)
const list = (state: string, by: object = authority()) => desk.get(`/consents/overrides?state=${state}`, by)
const read = async (personId: string, institution = ZIYANG) =>
  await decideAccess(
    { ...desk.deps, ...desk.live },
    {
      personId,
      by: { clientId: 'c', institution, role: 'hospital' },
      purpose: 'ETREAT',
      resourceTypes: ['Observation'],
    },
  )

describe('break-glass', () => {
  it('opens one person to one institution for two hours', async () => {
    const personId = desk.people[2]!
    expect(await read(personId)).toMatchObject({ allow: false, reasonCodes: ['override-missing'] })
    const opened = await open(personId)
    expect(opened.status).toBe(201)
    expect(opened.body.override).toMatchObject({
      personId,
      institution: ZIYANG,
      unit: '急诊科',
      reason: 'unconscious',
      startedAt: NOW,
      expiresAt: '2026-11-24T09:00:00.000Z',
      // A Tuesday: the third working day is Friday.
      reviewDueAt: startOfDate('2026-11-28').toISOString(),
      verdict: null,
    })
    const decision = await read(personId)
    expect(decision).toMatchObject({ allow: true, basis: 'emergency', overrideId: opened.body.override.overrideId })
    expect([decision.withheld.has('hiv'), decision.withheld.has('genetic')]).toEqual([false, true])
    expect((await read(personId, DEYANG)).allow).toBe(false)
    expect((await read(desk.people[3]!)).allow).toBe(false)
    desk.deps.clock.set('2026-11-24T09:00:00.000Z')
    expect((await read(personId)).allow).toBe(false)
    desk.deps.clock.set(NOW)
  })

  it('beats a refusal of the person', async () => {
    const personId = desk.people[4]!
    await desk.give({ personId, decision: 'deny', purpose: 'TREAT', recipients: ['512000'] })
    await open(personId)
    expect((await read(personId)).allow).toBe(true)
  })

  it('is open once at a time, also for ten at the same moment', async () => {
    const answers = await Promise.all(Array.from({ length: 10 }, () => open(desk.people[5]!)))
    expect(answers.map((one) => one.status).toSorted((a, b) => a - b)).toEqual([
      201,
      ...Array.from({ length: 9 }, () => 409),
    ])
    expect(answers.find((one) => one.status === 409)?.body.code).toBe('consent.override-open')
  })

  it('gives under one key one access', async () => {
    const key = randomUUID()
    const [first, second] = [
      await open(desk.people[6]!, {}, { ...ziyang, key }),
      await open(desk.people[6]!, {}, { ...ziyang, key }),
    ]
    expect(second.text).toBe(first.text)
  })

  it.each([
    ['a reason that is not on the list', { reason: 'curious' }, 422],
    ['no words', { text: 'x' }, 400],
    ['a unit of spaces', { unit: '  ' }, 422],
    ['an identity number as its unit', { unit: '510104199001011234' }, 400],
    ['a person whom nobody registered', { personId: randomUUID() }, 404],
  ])('is refused with %s', async (_what, change, status) => {
    expect((await open(desk.people[7]!, change)).status).toBe(status)
  })

  it('keeps its words encrypted', async () => {
    const rows = await database.db.selectFrom('consent_override').select('text_encrypted').execute()
    expect(rows.length).toBeGreaterThan(0)
    for (const row of rows) expect(row.text_encrypted.toString('utf8')).not.toContain('车祸')
  })
})

describe('the review', () => {
  it('is listed at once for the health authority of the city, and for nobody else', async () => {
    const { body } = await open(desk.people[8]!)
    const { overrideId } = body.override
    const seen = async (by: object): Promise<boolean> =>
      (await list('unreviewed', by)).body.overrides.some((one: { overrideId: string }) => one.overrideId === overrideId)
    expect(await seen(authority())).toBe(true)
    expect(await seen(authority('510600'))).toBe(false)
    expect(await seen(ziyang)).toBe(true)
    expect(await seen(deyang)).toBe(false)
    expect((await list('unreviewed', { role: 'bureau', of: { city: '512000' } })).status).toBe(403)
    expect((await list('unreviewed', { role: 'operator', of: {} })).status).toBe(403)
  })

  it('is made once, by the city’s authority', async () => {
    const { body } = await open(desk.people[9]!)
    const { overrideId } = body.override
    expect((await review(overrideId, {}, authority('510600'))).status).toBe(404)
    expect((await review(randomUUID())).status).toBe(404)
    const reviewed = await review(overrideId, { verdict: 'unjustified', note: '与病情不符，已约谈科室' })
    expect(reviewed.body).toMatchObject({
      verdict: 'unjustified',
      note: '与病情不符，已约谈科室',
      reviewedOfficer: 'WJ-0007',
      reviewedAt: NOW,
    })
    expect((await review(overrideId)).body.code).toBe('consent.override-reviewed')
    const reviewedOnes = (await list('reviewed')).body.overrides
    expect(reviewedOnes.map((one: { overrideId: string }) => one.overrideId)).toEqual([overrideId])
  })

  it('of ten at the same moment is made by one', async () => {
    const { body } = await open(desk.people[10]!)
    const answers = await Promise.all(Array.from({ length: 10 }, () => review(body.override.overrideId)))
    expect(answers.filter((one) => one.status === 200)).toHaveLength(1)
  })

  it('and the access itself cannot be changed or removed afterwards', async () => {
    for (const statement of [
      "update consent_override set officer = 'other'",
      "update consent_override set expires_at = expires_at + interval '1 day'",
      "update consent_override set verdict = 'justified' where verdict = 'unjustified'",
      'delete from consent_override',
    ]) {
      await expect(database.db.executeQuery({ sql: statement, parameters: [] } as never)).rejects.toThrow(
        /stays as it was|refused/,
      )
    }
  })
})

describe('a unit whose uses nobody reviewed in time', () => {
  it('is warned once, then refused, and free again after the review; spelling it otherwise does not help', async () => {
    const unit = { unit: 'ICU 二区' }
    const first = await open(desk.people[2]!, unit, deyang)
    expect(first.body.warning).toBeUndefined()
    desk.deps.clock.set('2026-11-27T15:59:59.999Z')
    expect((await open(desk.people[3]!, unit, deyang)).body.warning).toBeUndefined()
    desk.deps.clock.set('2026-11-27T16:00:00.000Z')
    const warned = await open(desk.people[4]!, unit, deyang)
    expect([warned.status, typeof warned.body.warning]).toEqual([201, 'string'])
    const blocked = await open(desk.people[5]!, { unit: ' ｉｃｕ二区 ' }, deyang)
    expect([blocked.status, blocked.body.code]).toEqual([409, 'consent.unit-blocked'])
    expect((await open(desk.people[5]!, { unit: '急诊科' }, deyang)).status).toBe(201)
    const overdue = await list('overdue', authority('510600'))
    expect(overdue.body.overrides.map((one: { overrideId: string }) => one.overrideId)).toEqual([
      first.body.override.overrideId,
    ])
    expect(overdue.body.overrides[0].warnedAt).toBe('2026-11-27T16:00:00.000Z')
    expect((await review(first.body.override.overrideId, {}, authority('510600'))).status).toBe(200)
    expect((await open(desk.people[6]!, unit, deyang)).status).toBe(201)
  })

  it('cannot pass the use on to units with new names for ever', async () => {
    const hospital = { role: 'hospital' as const, of: { institution: 'H51010499001' } }
    desk.deps.clock.set(NOW)
    for (const at of [2, 3, 4, 5, 6]) {
      expect((await open(desk.people[at]!, { unit: `unit-${at}` }, hospital)).status).toBe(201)
    }
    desk.deps.clock.set('2026-12-01T07:00:00.000Z')
    const sixth = await open(desk.people[7]!, { unit: 'brand-new' }, hospital)
    expect(sixth.body.code).toBe('consent.unit-blocked')
  })
})
