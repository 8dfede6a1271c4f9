import { randomUUID } from 'node:crypto'
import { beforeEach, describe, expect, it } from 'vitest'
import { mappingsRoutes, noteUnmapped, readMappings } from '../../src/mappings/index.ts'
import { useDatabase } from '../support/database.ts'
import { useSlices } from '../support/slice-hub.ts'

const OWN = 'H51060300001'
const OTHER = 'H51140200001'
const SYSTEM = 'urn:yimatong:lab-codes:H51060300001'
const database = useDatabase()
const hub = useSlices(database, { routes: mappingsRoutes })

interface Who {
  readonly client: string
  readonly officer: string
  readonly institution?: string
}
const DESK: Who = { client: 'lab-desk', officer: 'lab-0412' }
const LEAD: Who = { client: 'lab-lead', officer: 'lab-0907' }
const STRANGER: Who = { client: 'other-lead', officer: 'x-1', institution: OTHER }

const call = async (who: Who, method: 'GET' | 'POST', url: string, body?: object, key = randomUUID()) => {
  const headers = await hub.token('hospital', { clientId: who.client, institution: who.institution ?? OWN })
  const reply = await hub.app.inject({
    method,
    url,
    headers: { ...headers, 'idempotency-key': key },
    ...(body === undefined ? {} : { payload: { officer: who.officer, ...body } }),
  })
  return { status: reply.statusCode, body: reply.json() }
}

let code = ''
beforeEach(() => {
  code = `C${randomUUID().slice(0, 8)}`
})
const draft = (of: object = {}) => ({
  localSystem: SYSTEM,
  localCode: code,
  item: 'GLU',
  loinc: '14749-6',
  unit: 'mmol/l',
  ucum: 'mmol/L',
  from: '2026-11-01',
  ...of,
})
const propose = async (...mappings: object[]): Promise<string[]> => {
  const { status, body } = await call(DESK, 'POST', '/mappings', { mappings })
  expect(status, JSON.stringify(body)).toBe(201)
  return body.mappings.map((one: { mappingId: string }) => one.mappingId)
}
const confirm = async (ids: readonly string[], who = LEAD) => await call(who, 'POST', '/mappings/confirmation', { ids })
const inForce = async (day: string, institution = OWN) =>
  (await readMappings(database.db, institution, day)).filter((one) => one.localCode === code)

describe('a proposed mapping', () => {
  it('counts for nothing until a second person has confirmed it', async () => {
    const ids = await propose(draft())
    expect(await inForce('2026-11-24')).toEqual([])
    expect(await confirm(ids)).toMatchObject({
      status: 200,
      body: {
        mappings: [{ state: 'confirmed', proposedBy: { officer: 'lab-0412' }, confirmedBy: { clientId: 'lab-lead' } }],
      },
    })
    expect(await inForce('2026-11-24')).toMatchObject([{ item: 'GLU', ucum: 'mmol/L', version: 1 }])
    expect(await inForce('2026-10-31')).toEqual([])
  })

  it.each<[string, Who]>([
    ['the same client with another officer', { client: 'lab-desk', officer: 'lab-0907' }],
    ['the same officer at another client', { client: 'lab-lead', officer: 'LAB-0412' }],
  ])('is not confirmed by %s', async (_who, who) => {
    const ids = await propose(draft())
    expect(await confirm(ids, who)).toMatchObject({ status: 409, body: { code: 'mappings.other-person-needed' } })
    expect(await inForce('2026-11-24')).toEqual([])
  })

  it('is not found by another hospital, and seen by none but its own', async () => {
    const ids = await propose(draft())
    for (const path of ['/mappings/confirmation', '/mappings/retirement']) {
      expect(await call(STRANGER, 'POST', path, { ids })).toMatchObject({
        status: 404,
        body: { code: 'mappings.not-found' },
      })
    }
    expect((await call(STRANGER, 'GET', `/mappings?localCode=${code}`)).body.mappings).toEqual([])
    expect((await call(LEAD, 'GET', `/mappings?localCode=${code}`)).body.mappings).toHaveLength(1)
  })

  it('of another hospital under the same code is that hospital’s own', async () => {
    const { body } = await call(STRANGER, 'POST', '/mappings', { mappings: [draft({ item: 'TP', loinc: '2885-2' })] })
    await confirm(await propose(draft()))
    const second: Who = { client: 'other-second', officer: 'x-2', institution: OTHER }
    expect((await call(second, 'POST', '/mappings/confirmation', { ids: [body.mappings[0].mappingId] })).status).toBe(
      200,
    )
    expect(await inForce('2026-11-24')).toMatchObject([{ item: 'GLU' }])
    expect(await inForce('2026-11-24', OTHER)).toMatchObject([{ item: 'TP' }])
  })

  it('is confirmed once by two who confirm at the same time', async () => {
    const ids = await propose(draft())
    const answers = await Promise.all(
      Array.from({ length: 6 }, (_, n) => confirm(ids, { client: `lab-lead-${n}`, officer: `lead-${n}` })),
    )
    expect(answers.filter((one) => one.status === 200)).toHaveLength(1)
    expect(answers.filter((one) => one.status === 409)).toHaveLength(5)
  })

  it('that is not valid is refused with every fault and its place', async () => {
    const { status, body } = await call(DESK, 'POST', '/mappings', {
      mappings: [draft({ loinc: '14749-5', ucum: 'IU/L' }), draft({ localCode: `${code}b`, item: null, loinc: null })],
    })
    expect(status).toBe(422)
    expect(body.code).toBe('mappings.invalid')
    expect(body.errors.map((one: { pointer: string }) => one.pointer)).toEqual([
      '/mappings/0/loinc',
      '/mappings/0/ucum',
      '/mappings/1/item',
    ])
  })

  it('gets a version of its own when many are proposed at the same time', async () => {
    await Promise.all(Array.from({ length: 5 }, () => propose(draft())))
    const { body } = await call(DESK, 'GET', `/mappings?localCode=${code}`)
    expect(body.mappings.map((one: { version: number }) => one.version).toSorted()).toEqual([1, 2, 3, 4, 5])
  })
})

describe('a new version', () => {
  it('ends the one before it the day before, which still counts for older tests', async () => {
    await confirm(await propose(draft()))
    await confirm(await propose(draft({ item: 'TP', loinc: '2885-2', from: '2026-11-10' })))
    expect(await inForce('2026-11-09')).toMatchObject([{ item: 'GLU', to: '2026-11-09' }])
    expect(await inForce('2026-11-10')).toMatchObject([{ item: 'TP', to: null }])
  })

  it('from the same day on retires the one before it: it was wrong', async () => {
    const [wrong] = await propose(draft())
    await confirm([wrong!])
    await confirm(await propose(draft({ item: 'TP', loinc: '2885-2' })))
    expect(await inForce('2026-11-24')).toMatchObject([{ item: 'TP' }])
    const { body } = await call(DESK, 'GET', `/mappings?localCode=${code}&state=retired`)
    expect(body.mappings).toMatchObject([{ mappingId: wrong, retiredBy: { officer: 'lab-0907' } }])
  })

  it('with a last day does not cut a hole into one that goes on', async () => {
    await confirm(await propose(draft()))
    expect(await confirm(await propose(draft({ from: '2026-11-10', to: '2026-11-12' })))).toMatchObject({
      status: 409,
      body: { code: 'mappings.overlaps' },
    })
  })

  it('for one specimen stands beside the one for any', async () => {
    await confirm(await propose(draft(), draft({ specimen: 'UR', item: 'TP', loinc: '2885-2' })))
    expect(await inForce('2026-11-24')).toHaveLength(2)
  })
})

describe('a retired mapping', () => {
  it('with a last day keeps counting up to it, without one counts for no day', async () => {
    const ids = await propose(draft())
    await confirm(ids)
    expect((await call(DESK, 'POST', '/mappings/retirement', { ids, lastDay: '2026-11-20' })).status).toBe(200)
    expect(await inForce('2026-11-20')).toHaveLength(1)
    expect(await inForce('2026-11-21')).toHaveLength(0)
    expect((await call(DESK, 'POST', '/mappings/retirement', { ids })).status).toBe(200)
    expect(await inForce('2026-11-20')).toHaveLength(0)
    expect(await call(DESK, 'POST', '/mappings/retirement', { ids })).toMatchObject({ status: 409 })
  })

  it('does not leave its results to a broader one: what a code means, one person never changes', async () => {
    const [any = '', urine = ''] = await propose(draft(), draft({ specimen: 'UR', item: 'TP', loinc: '2885-2' }))
    await confirm([any, urine])
    const retire = async (ids: readonly string[], of: object = {}) =>
      await call(DESK, 'POST', '/mappings/retirement', { ids, ...of })
    expect(await retire([urine])).toMatchObject({ status: 409, body: { code: 'mappings.broader-holds' } })
    expect(await retire([urine], { lastDay: '2026-11-20' })).toMatchObject({ status: 409 })
    expect(await inForce('2026-11-24')).toHaveLength(2)
    expect((await retire([urine, any])).status).toBe(200)
    expect(await inForce('2026-11-24')).toEqual([])
  })

  it('cannot end on a day on which it does not hold', async () => {
    const ids = await propose(draft())
    await confirm(ids)
    expect(await call(DESK, 'POST', '/mappings/retirement', { ids, lastDay: '2026-10-01' })).toMatchObject({
      status: 422,
    })
  })
})

describe('a CSV import', () => {
  const csv = (...rows: string[]) =>
    ['local_system,local_code,specimen,item,loinc,unit,ucum,from', ...rows.map((row) => `${SYSTEM},${row}`)].join(
      '\r\n',
    )
  const send = async (text: string, dryRun: boolean, who = DESK) =>
    await call(who, 'POST', '/mappings/import', { csv: text, dryRun })

  it('says in a dry run what would change, and writes nothing', async () => {
    await confirm(await propose(draft()))
    const text = csv(
      `${code},,GLU,14749-6,mmol/l,mmol/L,`,
      `${code},UR,TP,2885-2,g/l,g/L,2026-11-02`,
      `${code},,GLU,14749-6,x,y,z`,
    )
    const { status, body } = await send(text, true)
    expect(status).toBe(200)
    expect(body).toMatchObject({ dryRun: true, proposed: 0, counts: { new: 1, changed: 0, same: 1, invalid: 1 } })
    expect(body.rows[2]).toMatchObject({ line: 4, outcome: 'invalid' })
    const changed = await send(csv(`${code},,GLU,14749-6,mg/dl,mg/dL,2026-11-01`), true)
    expect(changed.body.rows[0]).toMatchObject({
      outcome: 'changed',
      differences: [
        { field: 'unit', before: 'mmol/l', after: 'mg/dl' },
        { field: 'ucum', before: 'mmol/L', after: 'mg/dL' },
      ],
    })
    expect((await call(DESK, 'GET', `/mappings?localCode=${code}`)).body.mappings).toHaveLength(1)
  })

  it('writes proposals, and none of them where one row is not valid', async () => {
    const bad = await send(csv(`${code},,GLU,14749-6,mmol/l,mmol/L,`, `${code}b,,GLU,14749-1,mmol/l,mmol/L,`), false)
    expect(bad.body).toMatchObject({ proposed: 0, counts: { new: 1, invalid: 1 } })
    const good = await send(
      csv(`${code},,GLU,14749-6,mmol/l,mmol/L,`, `"${code}b",,"GLU",14749-6,mmol/l,mmol/L,`),
      false,
    )
    expect(good.body).toMatchObject({ proposed: 2, counts: { new: 2 } })
    const again = await send(csv(`${code},,GLU,14749-6,mmol/l,mmol/L,`, `${code}b,,GLU,14749-6,mmol/l,mmol/L,`), false)
    expect(again.body).toMatchObject({ proposed: 0, counts: { same: 2 } })
    expect(await inForce('2026-11-24')).toEqual([])
  })

  it.each([
    ['no header', 'a,b\nc,d'],
    ['an unknown column', 'local_system,local_code,colour\nx,y,z'],
    ['a column twice', 'local_system,local_code,item,item\nx,y,z,z'],
    ['a ragged row', 'local_system,local_code,item\nx,y'],
    ['an open quote', 'local_system,local_code,item\n"x,y,z'],
    ['a field without end', `local_system,local_code,item\nx,y,"${'z'.repeat(20_000)}"`],
    ['too many rows', `local_system,local_code,item\n${'x,y,GLU\n'.repeat(5_001)}`],
  ])('with %s is refused, quoting nothing of it', async (_what, text) => {
    const { status, body } = await send(text, true)
    expect({ status, code: body.code }).toEqual({ status: 422, code: 'mappings.csv-invalid' })
    expect(JSON.stringify(body)).not.toContain('zzz')
  })

  it('of a thousand rows is proposed and confirmed in one go', async () => {
    const rows = Array.from({ length: 1_000 }, (_, n) => `${code}-${n},,GLU,14749-6,mmol/l,mmol/L,`)
    expect((await send(csv(...rows), false)).body.proposed).toBe(1_000)
    const ids: string[] = []
    for (let after = ''; ; ) {
      const { body } = await call(LEAD, 'GET', `/mappings?state=proposed&limit=1000${after && `&after=${after}`}`)
      ids.push(
        ...body.mappings
          .filter((one: { localCode: string }) => one.localCode.startsWith(`${code}-`))
          .map((one: { mappingId: string }) => one.mappingId),
      )
      if (body.next === null) break
      after = body.next
    }
    expect((await confirm(ids)).status).toBe(200)
    const all = await readMappings(database.db, OWN, '2026-11-24')
    expect(all.filter((one) => one.localCode.startsWith(`${code}-`))).toHaveLength(1_000)
  })
})

describe('the list of unmapped codes', () => {
  const sighting = (of: object = {}) => ({
    institution: OWN,
    laboratory: null,
    localSystem: SYSTEM,
    localCode: code,
    specimen: 'SER',
    method: null,
    unit: 'mmol/l',
    problem: 'no-mapping' as const,
    display: '葡萄糖',
    ...of,
  })
  const listed = async (who = DESK) =>
    (await call(who, 'GET', '/mappings/unmapped')).body.codes.filter(
      (one: { localCode: string }) => one.localCode === code,
    )

  it('counts each code once with first and last sight, and holds no value', async () => {
    const [first, last] = [new Date('2026-11-20T01:00:00Z'), new Date('2026-11-21T01:00:00Z')]
    await noteUnmapped(database.db, [sighting(), sighting(), sighting({ unit: null, problem: 'unit-missing' })], first)
    await noteUnmapped(database.db, [sighting()], last)
    expect(await listed()).toEqual([
      {
        laboratory: null,
        localSystem: SYSTEM,
        localCode: code,
        specimen: 'SER',
        method: null,
        unit: 'mmol/l',
        problem: 'no-mapping',
        display: '葡萄糖',
        seen: 3,
        firstSeen: first.toISOString(),
        lastSeen: last.toISOString(),
      },
      expect.objectContaining({ unit: null, problem: 'unit-missing', seen: 1 }),
    ])
    expect(await listed(STRANGER)).toEqual([])
  })

  it('loses no sight when many messages name the same codes at once', async () => {
    const at = new Date('2026-11-20T01:00:00Z')
    const both = [sighting(), sighting({ localCode: `${code}b` })]
    await Promise.all(
      Array.from({ length: 20 }, (_, n) => noteUnmapped(database.db, n % 2 === 0 ? both : both.toReversed(), at)),
    )
    expect(await listed()).toMatchObject([{ seen: 20 }])
  })

  it('forgets a code when its mapping is confirmed', async () => {
    await noteUnmapped(database.db, [sighting()], new Date('2026-11-20T01:00:00Z'))
    await confirm(await propose(draft()))
    expect(await listed()).toEqual([])
  })
})
