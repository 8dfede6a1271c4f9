import { sql } from 'kysely'
import { afterEach, beforeAll, describe, expect, it } from 'vitest'
import { newId } from '../../src/kernel/ids.ts'
import type { OutboxEvent } from '../../src/kernel/outbox.ts'
import { inTx } from '../../src/kernel/tx.ts'
import { mergePeople } from '../../src/people/merge-people.ts'
import { decisionsOfPerson } from '../../src/recognition/decisions-of-person.ts'
import { countMonth, countShared } from '../../src/recognition/figures-store.ts'
import { recognitionSubscriptions } from '../../src/recognition/index.ts'
import { findOutdated, reopenDecisions } from '../../src/recognition/reopen-decisions.ts'
import { type DecisionRow, insertDecisions } from '../../src/recognition/store.ts'
import { RESULT_CHANGED, resultState } from '../../src/records/index.ts'
import type { Resource } from '../../src/sandbox/hospital/types.ts'
import { CODES } from '../records/exchange.ts'
import { useDatabase } from '../support/database.ts'
import { useDesk } from './desk.ts'

const { hub, ask, decide, report, seeded } = useDesk(useDatabase())
const [ISSUER, RECEIVER, OTHER] = CODES
const person = () => hub.people[0]?.personId as string

const store = () => {
  const peer = hub.peers[0]
  if (peer === undefined) throw new Error('no hospital')
  return peer.store
}
/** The hospital changes one of its reports. */
function change(id: string, changes: object): Resource {
  const row = [...store().rowsOf('DiagnosticReport')].find((one) => one.id === id)
  if (row === undefined) throw new Error(`no report ${id}`)
  const resource = { ...row.resource, ...changes } as Resource
  store().put(resource, id)
  return resource
}
const latest = async (resourceId: string, institution: string = RECEIVER) =>
  (await decisionsOfPerson(hub.deps.db, person())).filter(
    (one) => one.reportId === resourceId && one.institution === institution,
  )
const reopened = async (institution: string = RECEIVER) =>
  (await ask('GET', '/recognition/decisions/reopened', { institution })).json<{
    decisions: { personId: string; item: string; reopens: string; report: string; resource: string; outcome: string }[]
  }>().decisions
const event = (payload: Record<string, string>): OutboxEvent => ({
  id: 1n,
  topic: RESULT_CHANGED,
  payload,
  requestId: null,
})
const hear = async (payload: Record<string, string>) =>
  await recognitionSubscriptions(hub.deps)[0]?.handle(event(payload))

beforeAll(seeded)
afterEach(() => hub.deps.clock.advance(15_000))

describe('a report that is corrected after its result was recognised', () => {
  it('opens the decision again when it is read later, and the institution is told', async () => {
    const { body } = await decide(report('HBA1C'))
    expect(body.decisions[0]?.outcome).toBe('recognised')
    change('r000001-1-HBA1C', { status: 'corrected', issued: '2026-11-24T15:00:00+08:00' })
    await ask('GET', `/fhir/DiagnosticReport?patient=${person()}`, { institution: OTHER })
    expect(await latest('r000001-1-HBA1C')).toMatchObject([
      { outcome: 'reopened', reopens: body.decisions[0]?.decisionId, item: 'HBA1C' },
    ])
    expect(await reopened()).toMatchObject([
      { personId: person(), item: 'HBA1C', report: 'DiagnosticReport/r000001-1-HBA1C' },
    ])
    expect(await reopened(OTHER)).toEqual([])
    const shown = await hub.deps.db
      .selectFrom('audit_event')
      .select(['actor_org', 'person_ref', 'result'])
      .where('action', '=', 'recognition.list-reopened')
      .orderBy('event_no')
      .execute()
    // Whose decisions were shown, and that the other one looked and was shown nobody's.
    expect(shown).toEqual([
      { actor_org: RECEIVER, person_ref: person(), result: 'allowed' },
      { actor_org: OTHER, person_ref: null, result: 'allowed' },
    ])
  })

  it('opens it once, however often it is read', async () => {
    for (let times = 0; times < 3; times++) await ask('GET', `/fhir/DiagnosticReport?patient=${person()}`)
    const rows = await hub.deps.db
      .selectFrom('recognition_decision')
      .selectAll()
      .where('outcome', '=', 'reopened')
      .execute()
    expect(rows).toHaveLength(1)
  })

  it('opens it again for each further correction', async () => {
    change('r000001-1-HBA1C', { status: 'corrected', issued: '2026-11-24T15:30:00+08:00' })
    await ask('GET', `/fhir/DiagnosticReport?patient=${person()}`)
    const rows = await hub.deps.db
      .selectFrom('recognition_decision')
      .selectAll()
      .where('outcome', '=', 'reopened')
      .execute()
    expect(rows).toHaveLength(2)
    expect(new Set(rows.map((one) => one.reopens)).size).toBe(1)
    expect(await reopened()).toHaveLength(1)
  })

  it('is settled by a new decision, which stands on the corrected report', async () => {
    const { body } = await decide(report('HBA1C'))
    expect(body.decisions[0]?.outcome).toBe('recognised')
    expect(await reopened()).toEqual([])
    await ask('GET', `/fhir/DiagnosticReport?patient=${person()}`)
    expect(await reopened()).toEqual([])
  })

  it('is noticed by the reminder before an order too', async () => {
    const { body } = await decide(report('XCG'))
    expect(new Set(body.decisions.map((one) => one.outcome))).toEqual(new Set(['recognised']))
    change('r000001-1-XCG', { status: 'amended', issued: '2026-11-24T15:10:00+08:00' })
    const order = { personId: person(), items: [{ code: 'WBC' }], visit: { kind: 'outpatient' } }
    await ask('POST', '/recognition/check-order', { institution: OTHER, body: order })
    expect((await reopened()).map((one) => one.item).toSorted()).toEqual(['HGB', 'PLT', 'RBC', 'WBC'])
  })
})

describe('what a hospital says of its own results', () => {
  it('opens what used them, by the event of the notice, and only once', async () => {
    const { body } = await decide(report('SHQT'), { institution: OTHER })
    const recognised = body.decisions.filter((one) => one.outcome === 'recognised').length
    expect(recognised).toBeGreaterThan(3)
    const resource = change('r000001-1-SHQT', { status: 'entered-in-error' })
    const payload = {
      personId: person(),
      institution: ISSUER,
      resourceType: 'DiagnosticReport',
      resourceId: 'r000001-1-SHQT',
      state: resultState(resource as never),
    }
    await Promise.all([hear(payload), hear(payload), hear(payload)])
    expect(await reopened(OTHER)).toHaveLength(recognised)
    const rows = await hub.deps.db
      .selectFrom('recognition_decision')
      .select('decision_id')
      .where('institution', '=', OTHER)
      .where('outcome', '=', 'reopened')
      .execute()
    expect(rows).toHaveLength(recognised)
  })

  it('opens it where the notice does not say what it became, and a later reading does not open it twice', async () => {
    await decide(report('HBA1C'), { institution: CODES[3] })
    const notice = {
      personId: person(),
      institution: ISSUER,
      resourceType: 'DiagnosticReport',
      resourceId: 'r000001-1-HBA1C',
    }
    await hear(notice)
    await hear(notice)
    expect((await reopened(CODES[3])).map((one) => one.item)).toEqual(['HBA1C'])
    change('r000001-1-HBA1C', { status: 'amended', issued: '2026-11-24T16:00:00+08:00' })
    await ask('GET', `/fhir/DiagnosticReport?patient=${person()}`)
    const rows = await hub.deps.db
      .selectFrom('recognition_decision')
      .select('decision_id')
      .where('institution', '=', CODES[3])
      .where('outcome', '=', 'reopened')
      .execute()
    expect(rows).toHaveLength(1)
  })

  it('touches no decision on another house’s result of the same id, nor on another person’s', async () => {
    const before = await reopened(OTHER)
    expect(before.length).toBeGreaterThan(0)
    const payload = {
      institution: CODES[3],
      resourceType: 'DiagnosticReport',
      resourceId: 'r000001-1-XCG',
      state: 'corrected - 9',
    }
    await hear({ ...payload, personId: person() })
    await hear({ ...payload, institution: ISSUER, personId: hub.people[1]?.personId as string })
    expect(await reopened(OTHER)).toEqual(before)
  })

  it('is refused where a part is missing, so that nothing is lost without a word', async () => {
    await expect(hear({ personId: person(), institution: ISSUER })).rejects.toThrow(/payload/)
  })
})

describe('whether a decision is outdated', () => {
  const base = async () => {
    const [one] = await decisionsOfPerson(hub.deps.db, person())
    if (one === undefined) throw new Error('no decision')
    return { ...one, outcome: 'recognised' as const, reportId: 'r', evidence: 'final t1 1', issuer: ISSUER }
  }
  const seen = (state: string) => [{ issuer: ISSUER, resourceType: 'DiagnosticReport', resourceId: 'r', state }]

  it.each([
    ['final t1 1', 0],
    ['final t1 2', 0],
    ['final t2 2', 0],
    ['corrected t2 2', 1],
    ['amended t2 2', 1],
    ['entered-in-error t1 2', 1],
    ['cancelled t1 2', 1],
  ])('seen as "%s": %i', async (state, count) => {
    expect(findOutdated([await base()], seen(state))).toHaveLength(count)
  })

  it('only where the result was used: a refusal stands', async () => {
    const one = await base()
    expect(findOutdated([{ ...one, outcome: 'not-recognised' }], seen('corrected t2 2'))).toEqual([])
    expect(findOutdated([{ ...one, outcome: 'not-eligible' }], seen('corrected t2 2'))).toEqual([])
    expect(findOutdated([{ ...one, outcome: 'not-eligible', usedOutside: true }], seen('corrected t2 2'))).toHaveLength(
      1,
    )
    expect(findOutdated([{ ...one, evidence: 'corrected t2 2' }], seen('corrected t2 2'))).toEqual([])
  })

  it('writes nothing where nothing is', async () => {
    expect(await reopenDecisions(hub.deps, [])).toBe(0)
  })
})

describe("a person's decisions", () => {
  const list = async (institution: string, personId = person()) => {
    const response = await ask('GET', `/recognition/decisions?personId=${personId}`, { institution })
    return {
      text: response.body,
      ...response.json<{
        decided: { outcome: string; item: string; reasonCode: string | null }[]
        issued: { institution: string; item: string; accepted: boolean; reasonCode: string | null }[]
      }>(),
    }
  }
  const words = '服药后病情明显变化，需复查'
  const repeat = (item: string, reason: string, id: string) => ({
    ...report('SHQT'),
    personId: hub.people[2]?.personId,
    result: { institution: ISSUER, type: 'DiagnosticReport', id },
    statements: [{ item, action: 'repeat', reason, detail: words, informed: 'yes' }],
    orderedItem: item,
    department: 'ENDO',
  })

  it('show the receiver its own, and the issuer whether its results served, without clinical text', async () => {
    const personId = hub.people[2]?.personId as string
    await decide(repeat('K', '01', 'r000003-1-SHQT'))
    await decide(repeat('GLU', '08', 'r000003-1-SHQT'))
    await decide({ ...repeat('NA', '08', 'r000003-1-SHQT'), statements: [] })
    const own = await list(RECEIVER, personId)
    expect(own.decided.map((one) => [one.item, one.outcome, one.reasonCode].join(' ')).toSorted()).toEqual([
      'GLU not-recognised 08',
      'K not-recognised 01',
      'NA recognised ',
    ])
    expect(own.issued).toEqual([])
    const issuer = await list(ISSUER, personId)
    expect(issuer.decided).toEqual([])
    expect(issuer.issued.map((one) => [one.item, one.accepted, one.reasonCode].join(' ')).toSorted()).toEqual([
      'GLU false ',
      'K false 01',
      'NA true ',
    ])
    expect(issuer.text).not.toContain('ENDO')
    for (const { text } of [own, issuer]) expect(text).not.toContain(words)
    expect(await list(CODES[3], personId)).toMatchObject({ decided: [], issued: [] })
  })

  it('leave an audit event of who looked', async () => {
    await list(CODES[3])
    const events = await hub.deps.db
      .selectFrom('audit_event')
      .select(['actor_org', 'person_ref'])
      .where('action', '=', 'recognition.list')
      .execute()
    expect(events.some((one) => one.actor_org === CODES[3] && one.person_ref === person())).toBe(true)
  })
})

describe('remarks on the results of a search', () => {
  interface Entry {
    resource: { resourceType: string; id: string; meta: { source: string; tag?: { system: string; code: string }[] } }
    search: { mode: string }
  }
  const tags = async (institution: string) => {
    const response = await ask('GET', `/fhir/Observation?patient=${hub.people[2]?.personId}&_count=100`, {
      institution,
    })
    const entries = response.json<{ entry: Entry[] }>().entry.filter((one) => one.search.mode === 'match')
    return entries.map(({ resource }) => ({
      source: resource.meta.source,
      codes: (resource.meta.tag ?? []).filter((one) => one.system.startsWith('urn:yimatong:recognition:')),
    }))
  }

  it('say of each result of another house whether it must be accepted, and why not', async () => {
    const all = await tags(RECEIVER)
    const foreign = all.filter((one) => !one.source.includes(RECEIVER))
    const own = all.filter((one) => one.source.includes(RECEIVER))
    expect(foreign.length).toBeGreaterThan(5)
    expect(foreign.every((one) => one.codes.some(({ system }) => system.endsWith(':verdict')))).toBe(true)
    expect(own.every((one) => one.codes.length === 0)).toBe(true)
    const codes = new Set(foreign.flatMap((one) => one.codes.map(({ code }) => code)))
    expect([...codes]).toEqual(expect.arrayContaining(['eligible', 'not-eligible', 'E06']))
  })

  it('carry what the own institution decided, and not what another did', async () => {
    const decisions = (all: Awaited<ReturnType<typeof tags>>) =>
      all.flatMap((one) => one.codes.filter(({ system }) => system.endsWith(':decision')).map(({ code }) => code))
    expect(decisions(await tags(RECEIVER)).toSorted()).toEqual(['not-recognised', 'not-recognised', 'recognised'])
    expect(decisions(await tags(CODES[3]))).toEqual([])
  })
})

it('a decision under an old id of a merged person is settled by one under the id that stands', async () => {
  const [survivor, absorbed] = [hub.people[1], hub.people[3]]
  if (survivor === undefined || absorbed === undefined) throw new Error('no people')
  const institution = CODES[3]
  const write = async (changes: Pick<DecisionRow, 'personId' | 'resourceId' | 'outcome'>) => {
    hub.deps.clock.advance(1_000)
    const decidedAt = hub.deps.clock.now()
    await inTx(hub.deps.db, (tx) =>
      insertDecisions(tx, [
        {
          ...changes,
          decisionId: newId<'decision'>(),
          institution,
          issuer: ISSUER,
          resourceType: 'Observation',
          item: 'K',
          reasonCode: null,
          countable: null,
          eCodes: [],
          inputs: {},
          detailEncrypted: null,
          dueAt: null,
          decidedBy: 'test',
          decidedAt,
          decidedMonth: '2026-11',
        },
      ]),
    )
  }
  const waiting = async () =>
    (await reopened(institution))
      .filter((one) => one.personId === absorbed.personId)
      .map((one) => one.resource)
      .toSorted()
  for (const resourceId of ['settled', 'waiting']) {
    await write({ personId: survivor.personId, resourceId: 'waiting', outcome: 'recognised' })
    await write({ personId: absorbed.personId, resourceId, outcome: 'reopened' })
  }
  await write({ personId: survivor.personId, resourceId: 'settled', outcome: 'recognised' })
  expect(await waiting()).toEqual(['Observation/settled', 'Observation/waiting'])
  const recognised = async () =>
    (await countMonth(hub.deps.db, institution, '2026-11', hub.deps.clock.now()))
      .filter((one) => one.outcome === 'recognised')
      .reduce((sum, one) => sum + one.count, 0)
  const told = async () => (await countShared(hub.deps.db, ISSUER, '2026-11')).accepted
  const [before, acceptedBefore] = [await recognised(), await told()]
  expect(before).toBe(2)
  await sql`delete from people_insurance where person_id = ${absorbed.personId}`.execute(hub.deps.db)
  await inTx(hub.deps.db, (tx) =>
    mergePeople(hub.deps, tx, {
      survivorId: survivor.personId,
      absorbedId: absorbed.personId,
      reason: 'documents-seen',
      by: {
        clientId: 'bureau',
        org: 'B510100',
        role: 'bureau',
        city: survivor.insuredCity,
      },
    }),
  )
  // What is known of a person's ids is kept for a fifth of a second.
  await new Promise((resolve) => setTimeout(resolve, 250))
  expect(await waiting()).toEqual(['Observation/waiting'])
  // One result of one person counts once, by its latest decision, under whichever id that was taken.
  expect([await recognised(), await told()]).toEqual([before - 1, acceptedBefore - 1])
})
