import { describe, expect, it } from 'vitest'
import { findPersonId, mayShow } from '../../src/people/index.ts'
import { personIdsOf } from '../../src/people/person-ids-of.ts'
import { useDatabase } from '../support/database.ts'
import { CHENGDU, HOSPITAL, issuerOf, OTHER_HOSPITAL, usePeople } from './people-app.ts'

const database = useDatabase()
const api = usePeople(database)

const LONG = '512002190001019964'
/** One number as people write it: full width, blanks around it, the old form of 15 digits. */
const SPELLINGS = [LONG, '５１２００２１９０００１０１９９６４', ` ${LONG} `, '512002000101996']
const body = (value: string) => ({
  name: '王同号',
  sex: 'female',
  birthDate: '1900-01-01',
  identifiers: [{ type: 'resident-id', value }],
})

describe('one identity number', () => {
  it('in the old form finds a person and makes none: a slip in it would go unseen', async () => {
    const answer = await api.post('/people', body('512002000101996'), HOSPITAL)
    expect(answer).toMatchObject({ status: 422, body: { errors: [{ pointer: '/identifiers/0/value' }] } })
    expect(await database.db.selectFrom('people_identifier').select('person_id').execute()).toEqual([])
  })

  it('is one person, however many register it at one moment in whatever spelling', async () => {
    const answers = await Promise.all(
      Array.from({ length: 50 }, async (_, n) => {
        const value = SPELLINGS[n % SPELLINGS.length] as string
        return { value, ...(await api.post('/people', body(value), n % 2 === 0 ? HOSPITAL : OTHER_HOSPITAL)) }
      }),
    )
    expect(answers.filter((one) => one.status === 201)).toHaveLength(1)
    // The old form is refused as long as nobody is there, and finds the person from then on.
    const refused = answers.filter((one) => one.status === 422)
    expect(refused.every((one) => one.value.length === 15)).toBe(true)
    const served = answers.filter((one) => one.status === 200)
    expect(served.length + refused.length).toBe(49)
    const ids = new Set([...served, ...answers.filter((one) => one.status === 201)].map((one) => one.body.personId))
    expect(ids.size).toBe(1)
    expect(await database.db.selectFrom('people_person').select('person_id').execute()).toHaveLength(1)
    expect(await database.db.selectFrom('people_identifier').select('person_id').execute()).toHaveLength(1)

    const [personId] = ids
    for (const value of SPELLINGS) {
      expect(await api.post('/people', body(value), HOSPITAL)).toMatchObject({
        status: 200,
        body: { personId, existing: true },
      })
    }
    const lists = [...SPELLINGS, '510603190001019988'].map((value) => [{ type: 'resident-id' as const, value }])
    expect(await personIdsOf(database.db, api.deps.keyring, lists, api.deps.clock.now())).toEqual([
      ...Array(4).fill(personId),
      undefined,
    ])
    const by = { clientId: 'router', org: 'H51010499999', role: 'hospital' }
    expect(await findPersonId(api.deps, lists.slice(0, 4).flat(), by)).toBe(personId)
  })
})

describe('who acts for whom', () => {
  it('follows merges of either side', async () => {
    const old = { birthDate: '1980-01-01' }
    const [a, b, guardian, twin] = [await api.make(old), await api.make(old), await api.make(old), await api.make(old)]
    const link = { guardianId: guardian.personId, kind: 'family', relation: 'spouse', evidenceRef: 'CD-1' }
    expect((await api.post(`/people/${b.personId}/guardians`, link, issuerOf('510100'))).status).toBe(201)
    const merge = (survivorId: string, absorbedId: string) =>
      api.post('/people/merges', { survivorId, absorbedId, reason: 'documents-seen' }, CHENGDU)
    const now = api.deps.clock.now()
    const shows = (personId: string, holderId: string) => mayShow(database.db, { personId, holderId, now })
    expect(await shows(a.personId, guardian.personId)).toBe('not-linked')
    await merge(a.personId, b.personId)
    expect(await shows(a.personId, guardian.personId)).toBe('allowed')
    expect(await shows(b.personId, twin.personId)).toBe('not-linked')
    await merge(twin.personId, guardian.personId)
    expect(await shows(b.personId, twin.personId)).toBe('allowed')
    const listed = await api.get(`/people/${a.personId}/guardians`, issuerOf('510100'))
    expect(listed.body.guardians).toMatchObject([{ guardianId: guardian.personId, state: 'in-force' }])
  })
})
