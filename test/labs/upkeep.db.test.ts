import { createHash } from 'node:crypto'
import { sql } from 'kysely'
import { beforeAll, describe, expect, it } from 'vitest'
import { parseKeyring } from '../../src/kernel/crypto/index.ts'
import { labsPeriodics, searchHeld } from '../../src/labs/index.ts'
import { useDatabase } from '../support/database.ts'
import { testKeyring } from '../support/deps.ts'
import { OTHER, OWN, pid, useLabs } from './lab-hub.ts'
import { GLUCOSE, oru } from './messages.ts'

const database = useDatabase()
const labs = useLabs(database)
const DAY_MS = 86_400_000

const run = async (name: string, of: object = {}): Promise<void> => {
  await labsPeriodics({ ...labs.hub.deps, ...of })
    .find((one) => one.name === name)
    ?.run()
}
const reports = async (index: number) =>
  await searchHeld(labs.hub.deps, { personId: labs.person(index), type: 'DiagnosticReport', form: {}, count: 100 })

beforeAll(async () => {
  await labs.sender('DY01')
  await labs.sender('MS01', {}, OTHER)
})

describe('held results', () => {
  it('stand under the new key after the rotation, and are read with it alone', async () => {
    await labs.hl7(oru({ reportNo: 'K-1', patient: pid(0) }))
    await labs.hl7(
      oru({
        reportNo: 'K-1',
        patient: pid(0),
        status: 'C',
        changedAt: '20261123150000+0800',
        results: [GLUCOSE.replace('5.60', '9.9')],
      }),
    )
    await labs.hl7(oru({ reportNo: 'K-2' }))
    const key = (label: string) => createHash('sha256').update(label).digest('base64url')
    const ring = (keys: string[]) =>
      parseKeyring(
        JSON.stringify({
          field: {
            active: 'new-f',
            keys: keys.map((id) => ({ id, alg: 'AES-256-GCM', key: key(id === 'test-f' ? 'field' : id) })),
          },
          index: { active: 'test-i', keys: [{ id: 'test-i', alg: 'HMAC-SHA-256', key: key('index') }] },
        }),
      )
    await run('labs.reencrypt', { keyring: ring(['test-f', 'new-f']) })
    const alone = { ...labs.hub.deps, keyring: ring(['new-f']) }
    expect(await searchHeld(alone, { personId: labs.person(0), type: 'Observation', form: {}, count: 9 })).toHaveLength(
      1,
    )
    const { rows } = await sql<{ stale: bigint }>`select count(*) as stale from (
      select facts_encrypted as x from labs_report union all select body_encrypted from labs_report
      union all select facts_encrypted from labs_report_version union all select facts_encrypted from labs_review) t
      where position('new-f'::bytea in x) = 0`.execute(database.db)
    expect(rows).toEqual([{ stale: 0n }])
    await run('labs.reencrypt', { keyring: withActive('test-f', ring) })
  })

  it('older than the figure go with their history, with a proof that says how many and of whom nothing', async () => {
    await labs.hl7(
      oru({ reportNo: 'P-OLD', patient: pid(1), collectedAt: '20240101080000+0800', changedAt: '20240101100000+0800' }),
    )
    await labs.hl7(
      oru({
        reportNo: 'P-OLD',
        patient: pid(1),
        status: 'C',
        collectedAt: '20240101080000+0800',
        changedAt: '20240101120000+0800',
        results: [GLUCOSE.replace('5.60', '9')],
      }),
    )
    await labs.hl7(oru({ reportNo: 'P-NEW', patient: pid(1) }))
    await labs.hl7(
      oru({
        facility: 'MS01',
        reportNo: 'P-OTHER',
        patient: pid(1),
        collectedAt: '20240101080000+0800',
        changedAt: '20240101100000+0800',
      }),
      OTHER,
    )
    expect(await reports(1)).toHaveLength(3)
    await run('labs.purge')
    expect((await reports(1)).map((one) => (one.resource['identifier'] as { value: string }[])[0]?.value)).toEqual([
      'P-NEW',
    ])
    const own = await labs.call('GET', '/labs/purges')
    expect(own.body.proofs.map((one: { class: string; count: number }) => [one.class, one.count]).toSorted()).toEqual([
      ['report', 1],
      ['version', 1],
    ])
    expect(own.body.proofs[0]).toMatchObject({ policyName: 'report-days', policyVersion: 1 })
    expect(own.body.proofs[0].idsSha256).toMatch(/^[0-9a-f]{64}$/)
    expect((await labs.call('GET', '/labs/purges', undefined, { institution: OTHER })).body.proofs).toMatchObject([
      { class: 'report', count: 1 },
    ])
    await run('labs.purge')
    expect((await labs.call('GET', '/labs/purges')).body.proofs).toHaveLength(own.body.proofs.length)
  })

  it('that wait for review go after their time, and acknowledgements after theirs', async () => {
    const message = oru({ reportNo: 'P-REVIEW' })
    await labs.hl7(message)
    labs.hub.deps.clock.advance(31 * DAY_MS)
    await run('labs.purge')
    expect((await labs.call('GET', '/labs/reviews')).body.reviews).toEqual([])
    expect(
      (await labs.call('GET', '/labs/purges')).body.proofs.some((one: { class: string }) => one.class === 'review'),
    ).toBe(true)
    expect(await database.db.selectFrom('labs_message').select('control_id').execute()).toEqual([])
    // Forgotten as a message, it is read anew and waits again.
    expect((await labs.hl7(message)).code).toBe('AA')
    expect((await labs.call('GET', '/labs/reviews')).body.reviews).toHaveLength(1)
  })

  it('cannot be taken where no figure says how long, and nothing is deleted then', async () => {
    await sql`update labs_policy set to_date = '2026-01-02' where name = 'report-days'`.execute(database.db)
    const ack = await labs.hl7(oru({ patient: pid(2) }))
    expect(ack).toMatchObject({ code: 'AR', errors: [expect.stringContaining('207^')] })
    const before = await reports(1)
    labs.hub.deps.clock.advance(900 * DAY_MS)
    await run('labs.purge')
    expect(await reports(1)).toHaveLength(before.length)
    await sql`update labs_policy set to_date = null where name = 'report-days'`.execute(database.db)
  })
})

it('the proof of a deletion cannot be changed or taken away', async () => {
  await expect(sql`update labs_purge_proof set count = 9`.execute(database.db)).rejects.toThrow(/refused/)
  await expect(sql`delete from labs_purge_proof`.execute(database.db)).rejects.toThrow(/refused/)
})

it('results of persons who were merged are those of the one that stands for them', async () => {
  await labs.hl7(oru({ reportNo: 'G-1', patient: pid(3) }))
  await sql`insert into people_merge (merge_id, kind, survivor_id, absorbed_id, reason, by_client, by_org, city, cities, at)
    values (gen_random_uuid(), 'merge', ${labs.person(4)}, ${labs.person(3)}, 'same-person', 'test', '510600', '510600', '{510600}', now())`
    .execute(database.db)
    .catch(() => undefined)
  const { rows } = await sql<{ id: string }>`select merge_id as id from people_merge limit 1`.execute(database.db)
  await sql`insert into people_merged (person_id, survivor_id, into_id, merge_id) values (${labs.person(3)}, ${labs.person(4)}, ${labs.person(4)}, ${rows[0]?.id})`.execute(
    database.db,
  )
  for (const index of [3, 4]) {
    const [found] = await reports(index)
    expect(found).toMatchObject({
      institution: OWN,
      resource: { subject: { reference: `Patient/${labs.person(index)}` } },
    })
  }
})

/** The same keys with another active one. */
function withActive(active: string, ring: (keys: string[]) => ReturnType<typeof parseKeyring>) {
  const both = ring(['test-f', 'new-f'])
  const key = both.field.byId.get(active)
  if (key === undefined) throw new Error('no such key')
  return { ...both, field: { ...both.field, active: key }, index: testKeyring.index }
}
