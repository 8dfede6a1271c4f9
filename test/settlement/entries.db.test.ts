import { describe, expect, test } from 'vitest'
import { useDatabase } from '../support/database.ts'
import { bill, useStage } from './stage.ts'

const database = useDatabase()
const stage = useStage(database)

const entriesFor = async (claimId: string, city: string) =>
  await stage.get(`/settlement/claims/${claimId}/entries`, await stage.headers('bureau', { city }))

describe('the entries of a claim', () => {
  test('are shown to each city concerned from its own book, which balances by itself', async () => {
    const person = await stage.person('510600')
    const hospital = stage.hospital('510100', 3)
    // 200.00 of deductible, then half of the remaining 500.00.
    const { body: claim } = await stage.claim(hospital, bill(person, '700.00'))
    const { setl_id } = claim.setlinfo

    const insured = await entriesFor(claim.claim_id, '510600')
    expect(insured).toMatchObject({ status: 200, body: { book: '510600' } })
    expect(insured.body.journals).toEqual([
      {
        setl_id,
        kind: 'settlement',
        window: '2026-11',
        entries: [
          { account: 'fund_expense/510600/310102', amount: '250.00' },
          { account: 'due_to/510600/510100/2026-11', amount: '-250.00' },
        ],
      },
    ])
    const treating = await entriesFor(claim.claim_id, '510100')
    expect(treating.body.journals[0].entries).toEqual([
      { account: 'due_from/510100/510600/2026-11', amount: '250.00' },
      { account: `provider_payable/510100/${hospital}/11`, amount: '-250.00' },
    ])

    await stage.reverse(hospital, claim.claim_id)
    const { body: after } = await entriesFor(claim.claim_id, '510100')
    expect(after.journals.map((one: { kind: string }) => one.kind)).toEqual(['settlement', 'reversal'])
    expect(after.journals[1].entries).toEqual([
      { account: 'due_from/510100/510600/2026-11', amount: '-250.00' },
      { account: `provider_payable/510100/${hospital}/11`, amount: '250.00' },
    ])
  })

  test('do not exist for a bureau of another city, and are not for hospitals', async () => {
    const person = await stage.person('510600')
    const hospital = stage.hospital('510100', 3)
    const { body: claim } = await stage.claim(hospital, bill(person, '700.00'))
    expect((await entriesFor(claim.claim_id, '511400')).status).toBe(404)
    const own = await stage.headers('hospital', { institution: hospital })
    expect((await stage.get(`/settlement/claims/${claim.claim_id}/entries`, own)).status).toBe(403)
  })

  test('a claim that was refused has no journal', async () => {
    const { body: claim } = await stage.claim(
      stage.hospital('510100', 3),
      bill('01975b4e-6a3c-7e10-9b1f-0f6f1c2d3e4f', '10.00'),
    )
    expect(claim.state).toBe('refused')
    expect((await entriesFor(claim.claim_id, '510100')).body).toEqual({ book: '510100', journals: [] })
  })
})
