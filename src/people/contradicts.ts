import { checkPersonalId, type Sex } from '../codes/index.ts'
import type { Deps } from '../kernel/deps.ts'
import { localDate } from '../kernel/time.ts'
import type { AnyIdentifier } from './find-person-id.ts'
import { nameParts } from './match-forms.ts'
import { compareNames } from './match-rules.ts'
import { readGroup } from './merged-store.ts'
import { openName } from './seal-person.ts'
import { readPeople } from './store.ts'

/** What a message says of its patient beside the numbers. */
export interface SaidOfPerson {
  /** All spellings that it gives: in Chinese letters, in Latin ones. */
  readonly names: readonly string[]
  /** A date, or its year, or its year and month. */
  readonly birthDate: string | null
  readonly sex: Sex | null
}

interface Registered {
  readonly name: string
  readonly birthDate: string
  readonly sex: Sex
}

/**
 * Whether what a message says of its patient speaks against the person whose number it gives: a number may be mistyped, or
 * that of a relative. Which of it does is not told, for that would let names be guessed; nothing is disclosed, so nothing
 * is audited here.
 */
export async function contradictsPerson(
  deps: Pick<Deps, 'db' | 'clock' | 'keyring'>,
  personId: string,
  identifiers: readonly AnyIdentifier[],
  said: SaidOfPerson,
): Promise<boolean> {
  if (said.names.length === 0 && said.birthDate === null && said.sex === null) return false
  const rows = await readPeople(deps.db, await readGroup(deps.db, personId))
  const known = rows.map((row) => ({ ...row, name: openName(deps.keyring, row) }))
  return contradicts(known, withoutCopied(said, identifiers, localDate(deps.clock.now())))
}

/** Rows that were merged are one person: what is so in any of them is no contradiction. */
export function contradicts(known: readonly Registered[], { names, birthDate, sex }: SaidOfPerson): boolean {
  const comparable = known.flatMap((row) =>
    names.filter((name) => areComparable(name, row.name)).map((name) => isSameName(name, row.name)),
  )
  return (
    (comparable.length > 0 && !comparable.includes(true)) ||
    (birthDate !== null && !known.some((row) => row.birthDate.startsWith(birthDate))) ||
    (sex !== null && !known.some((row) => row.sex === sex))
  )
}

/** Birth date and sex that the sender took from the number say nothing that the number does not say. */
function withoutCopied(said: SaidOfPerson, identifiers: readonly AnyIdentifier[], today: string): SaidOfPerson {
  const told = identifiers.flatMap((one) =>
    'type' in one && one.type === 'resident-id' ? (checkPersonalId(one.value, { today }).suggestion ?? []) : [],
  )
  return {
    names: said.names,
    birthDate: told.some((one) => one.birthDate === said.birthDate) ? null : said.birthDate,
    sex: told.some((one) => one.sex === said.sex) ? null : said.sex,
  }
}

/** A name in Latin letters is not compared with one in Chinese ones, nor one of which letters are hidden or lost. */
function areComparable(a: string, b: string): boolean {
  if ([a, b].some((name) => /[*?＊？□\uFFFD]/.test(name) || nameParts(name).length === 0)) return false
  return isHan(a) === isHan(b)
}

const isHan = (name: string): boolean => /\p{Script=Han}/u.test(name)

/** Passports name middle names that messages leave out. */
function isSameName(a: string, b: string): boolean {
  if (compareNames(a, b) !== 'differs') return true
  const [left, right] = [nameParts(a), nameParts(b)]
  const [short, long] = left.length < right.length ? [left, right] : [right, left]
  return short.length > 1 && short.every((part) => long.includes(part))
}
