import { sql } from 'kysely'
import { describe, expect, it } from 'vitest'
import { runIssuers, setUpIssuers } from '../../src/commands/issuers.ts'
import { openIssuerKeys } from '../../src/issuers/index.ts'
import { useDatabase } from '../support/database.ts'
import { testDeps } from '../support/deps.ts'

const database = useDatabase()

async function setUp(): Promise<readonly string[]> {
  const lines: string[] = []
  await setUpIssuers(testDeps(database), (line) => void lines.push(line))
  return lines
}

const kids = async () =>
  (await database.db.selectFrom('issuers_key').select(['kid', 'uses']).orderBy('kid').execute()).map((row) => row.kid)

describe('issuers setup', () => {
  it('gives a new hub its four issuers with a key for each use, and says which', async () => {
    const lines = await setUp()
    expect(lines.filter((line) => /^issuer \d{6} was added$/.test(line))).toHaveLength(4)
    expect(lines).toContainEqual(expect.stringMatching(/^512000: ES256 key \S{11} for bundle was made/))
    const keys = await openIssuerKeys(testDeps(database))
    try {
      for (const use of ['card', 'code', 'status', 'health', 'bundle'] as const) {
        const { kid } = await keys.sign({ city: '512000', use, typ: 'test', payload: {} })
        expect(lines).toContain(`512000: ES256 key ${kid} for ${use} was made and signs from now on`)
      }
    } finally {
      await keys.close()
    }
    const { rows } = await sql<{ actor: string; count: bigint }>`
      select actor, count(*) as count from audit_event where action = 'issuers.make-key' group by actor`.execute(
      database.db,
    )
    expect(rows).toEqual([{ actor: 'command-line', count: BigInt((await kids()).length) }])
  })

  it('changes nothing where nothing is missing', async () => {
    const before = await kids()
    expect(await setUp()).toEqual(['nothing was missing'])
    expect(await kids()).toEqual(before)
  })

  it('adds to an issuer of before only the uses that it has no key for', async () => {
    await database.db
      .deleteFrom('issuers_key')
      .where('city', '=', '510600')
      .where(sql<boolean>`'health' = any(uses)`)
      .execute()
    const before = await kids()
    const lines = await setUp()
    expect(lines).toEqual([
      expect.stringMatching(/^510600: ES256 key \S{11} for health was made and signs from now on$/),
    ])
    expect(await kids()).toEqual(expect.arrayContaining(before))
  })

  it('is the only thing that may be named', async () => {
    await expect(runIssuers(['delete'])).rejects.toThrow('Usage: issuers [setup]')
    await expect(runIssuers(['setup', 'now'])).rejects.toThrow('Usage: issuers [setup]')
  })
})
