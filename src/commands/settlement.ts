import { retryClaim, stuckClaims } from '../settlement/index.ts'
import { CommandError } from './command.ts'
import { withDeps } from './with-deps.ts'

const UUID = /^[0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12}$/

/** `settlement stuck` lists the claims that wait for a person; `settlement retry ID` gives one its tries again. */
export async function runSettlement(args: readonly string[]): Promise<void> {
  const [verb, id, ...rest] = args
  const claimId = id?.toLowerCase()
  const known = (verb === 'stuck' && claimId === undefined) || (verb === 'retry' && UUID.test(claimId ?? ''))
  if (!known || rest.length > 0) throw new CommandError('Usage: settlement stuck | settlement retry CLAIM_ID')
  const lines = await withDeps('settlement', async ({ db }) => {
    if (claimId === undefined) {
      const stuck = await stuckClaims(db)
      return stuck.length === 0
        ? ['No claim is stuck.']
        : stuck.map((one) =>
            [one.claimId, one.institution, one.submittedAt.toISOString(), `${one.faults} faults`].join('\t'),
          )
    }
    if (await retryClaim(db, claimId)) return [`${claimId} is tried again by the next worker`]
    throw new CommandError(`${claimId} is not a claim that failed and has no answer yet`)
  })
  for (const line of lines) process.stdout.write(`${line}\n`)
}
