import type { CityCode } from '../codes/index.ts'
import type { Deps } from '../kernel/deps.ts'
import { newId } from '../kernel/ids.ts'
import { localDate } from '../kernel/time.ts'
import { inTx } from '../kernel/tx.ts'
import { insertLinks, readLinks } from './guardian-store.ts'
import { needsGuardian } from './guardianship.ts'

/** One person of a sandbox who may be a child or a parent. */
export interface FamilySeed {
  readonly personId: string
  readonly birthDate: string
  readonly city: CityCode
}

/** Born so long before the child: nobody is the parent of somebody of the same age. */
const PARENT_YEARS = 20

/** Gives each child under 14 of a sandbox an adult of its city as guardian; who has one already keeps it. */
export async function seedGuardians(deps: Pick<Deps, 'db' | 'clock'>, people: readonly FamilySeed[]): Promise<void> {
  const now = deps.clock.now()
  const day = localDate(now)
  await inTx(deps.db, async (tx) => {
    for (const child of people.filter((one) => needsGuardian(one.birthDate, day))) {
      const bornBefore = `${Number(child.birthDate.slice(0, 4)) - PARENT_YEARS}${child.birthDate.slice(4)}`
      const parent = people.find((one) => one.city === child.city && one.birthDate < bornBefore)
      if (parent === undefined || (await readLinks(tx, [child.personId])).length > 0) continue
      await insertLinks(
        tx,
        [
          {
            linkId: newId<'guardian-link'>(),
            personId: child.personId,
            guardianId: parent.personId,
            kind: 'guardian',
            relation: 'parent',
            from: child.birthDate,
            to: null,
            evidenceRef: 'sandbox',
            recordedCity: child.city,
            recordedAt: now,
          },
        ],
        'seed',
      )
    }
  })
}
