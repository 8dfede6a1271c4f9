import type { Tx } from '../kernel/db.ts'
import type { Deps } from '../kernel/deps.ts'
import { violatedConstraint } from '../kernel/tx.ts'
import { auditPerson } from './audit-person.ts'
import { addOrgToPairs } from './candidate-store.ts'
import { peopleError } from './errors.ts'
import { lockMerges, readSurvivors } from './merged-store.ts'
import { checkInsurances, insurancesOfOthers } from './rules.ts'
import { insertInsurances, readPeople } from './store.ts'
import type { AskedBy, Insurance, PersonId } from './types.ts'

/** Either says that the person has an insurance on one of the days; the primary key where both begin on one day. */
const ONE_A_DAY: readonly string[] = ['people_insurance_one_a_day', 'people_insurance_pkey']

/**
 * Tells an insurance of a registered person: hospitals register people without one. The constraint of the table decides
 * between two cities that insure one person at the same moment.
 *
 * @throws `people.insurance-not-yours`, `people.invalid`, `people.not-found`, `people.insurance-overlaps`
 */
export async function addInsurance(
  deps: Pick<Deps, 'clock'>,
  tx: Tx,
  command: { readonly personId: string; readonly insurance: Insurance; readonly by: AskedBy },
): Promise<void> {
  const { personId, insurance, by } = command
  if (insurancesOfOthers([insurance], by).length > 0) {
    throw peopleError('insurance-not-yours', { errors: [{ pointer: '/insuredCity', detail: 'is not your city' }] })
  }
  const wrong = checkInsurances([insurance])
  if (wrong !== null) throw peopleError('invalid', { errors: [{ pointer: '', detail: wrong }] })
  const [person] = await readPeople(tx, [personId])
  if (person === undefined) throw peopleError('not-found')
  // It stays with the row that was named, and counts for the whole person.
  await lockMerges(tx, 'keep')
  const survivor = (await readSurvivors(tx, [personId])).get(personId)
  const holderId = survivor === undefined || survivor === personId ? null : survivor
  try {
    await insertInsurances(tx, [{ ...insurance, personId: personId as PersonId, holderId }])
  } catch (error) {
    if (!ONE_A_DAY.includes(violatedConstraint(error) ?? '')) throw error
    throw peopleError('insurance-overlaps', { errors: [{ pointer: '/from', detail: 'falls into another insurance' }] })
  }
  await addOrgToPairs(tx, personId, insurance.insuredCity)
  await auditPerson(deps, tx, by, {
    action: 'people.insure',
    personId,
    purpose: 'registration',
    fieldsTouched: ['insurances'],
  })
}
