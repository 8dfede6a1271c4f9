import type { CityCode } from '../codes/index.ts'
import type { Tx } from '../kernel/db.ts'
import type { Deps } from '../kernel/deps.ts'
import { newId } from '../kernel/ids.ts'
import { looksPersonal } from '../kernel/log.ts'
import { isDate } from '../kernel/time.ts'
import { auditPerson } from './audit-person.ts'
import { peopleError } from './errors.ts'
import {
  type InsuranceEventKind,
  insertInsuranceEvent,
  lockInsurance,
  readLastEvent,
  setLastDay,
} from './insurance-store.ts'
import { lockMerges, readGroup } from './merged-store.ts'
import { readPeople } from './store.ts'
import type { AskedBy } from './types.ts'

/** What the bureau of the insured city does to an insurance. */
export interface InsuranceChange {
  readonly kind: Exclude<InsuranceEventKind, 'identity' | 'identity-end'>
  /** From this day on; of an end or a move the last day. */
  readonly on: string
  /** Of a move. */
  readonly toCity?: CityCode | undefined
  readonly reason: string
}

/** Reasons are stored in clear and shown: a number of a document has no place in one. */
export const LOOKS_PERSONAL = 'looks like an identity or phone number'

/** Kinds that undo each other: they follow one another in time. */
const SERIES: Readonly<Record<InsuranceChange['kind'], readonly InsuranceEventKind[]>> = {
  end: ['end', 'move'],
  move: ['end', 'move'],
  suspend: ['suspend', 'resume'],
  resume: ['suspend', 'resume'],
  'civil-servant': ['civil-servant', 'no-civil-servant'],
  'no-civil-servant': ['civil-servant', 'no-civil-servant'],
}

/** Those that mean nothing without their opposite before them. */
const UNDOES: readonly InsuranceEventKind[] = ['resume', 'no-civil-servant']

/**
 * Ends, suspends, resumes or moves an insurance, or says that its holder is a civil servant from a day on. A move ends it
 * here: the other city tells its own, for no bureau can bind another's fund.
 *
 * @throws `people.insurance-not-found`, `people.insurance-not-yours`, `people.invalid`, `people.insurance-state`
 */
export async function changeInsurance(
  deps: Pick<Deps, 'clock'>,
  tx: Tx,
  command: {
    readonly personId: string
    /** The first day of the insurance, which names it. */
    readonly from: string
    readonly change: InsuranceChange
    readonly by: AskedBy
  },
): Promise<void> {
  const { personId, from, change, by } = command
  const { kind, on, reason } = change
  const toCity = change.toCity ?? null
  const wrong = (pointer: string, detail: string) => peopleError('invalid', { errors: [{ pointer, detail }] })
  if (looksPersonal(reason)) throw wrong('/reason', LOOKS_PERSONAL)
  if (!isDate(from)) throw wrong('/from', 'is not a day of the calendar')
  if (!isDate(on)) throw wrong('/on', 'is not a day of the calendar')
  if ((kind === 'move') !== (toCity !== null)) throw wrong('/toCity', 'is named for a move, and only then')
  if ((await readPeople(tx, [personId])).length === 0) throw peopleError('not-found')

  await lockMerges(tx, 'keep')
  const insurance = await lockInsurance(tx, await readGroup(tx, personId), from)
  if (insurance === undefined) throw peopleError('insurance-not-found')
  if (insurance.insuredCity !== by.city) throw peopleError('insurance-not-yours')
  if (toCity === by.city) throw wrong('/toCity', 'is your own city')
  if (on < from) throw wrong('/on', 'lies before the insurance')
  if (insurance.to !== null && on > insurance.to) {
    throw peopleError('insurance-state', { detail: 'The insurance has ended by that day.' })
  }
  const last = await readLastEvent(tx, { personId: insurance.personId, from, kinds: SERIES[kind] })
  if (last !== undefined && on < last.on) {
    throw peopleError('insurance-state', { detail: `It was changed as of ${last.on}: what comes after it lies later.` })
  }
  const state = last?.kind
  if (state === kind || (UNDOES.includes(kind) && state === undefined)) {
    throw peopleError('insurance-state', { detail: 'The insurance is in this state already.' })
  }
  if (kind === 'end' || kind === 'move') await setLastDay(tx, insurance.personId, from, on)
  await insertInsuranceEvent(tx, {
    personId: insurance.personId,
    eventId: newId<'insurance-event'>(),
    kind,
    insuranceFrom: from,
    on,
    toCity,
    identityId: null,
    reason,
    city: by.city as CityCode,
    at: deps.clock.now(),
    byClient: by.clientId,
    requestId: by.requestId,
  })
  await auditPerson(deps, tx, by, {
    action: `people.insurance.${kind}`,
    personId,
    purpose: 'registration',
    fieldsTouched: ['insurances'],
  })
}
