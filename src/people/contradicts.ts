import { checkPersonalId, convertPersonalId15, type Sex } from '../codes/index.ts'
import type { Deps } from '../kernel/deps.ts'
import { localDate } from '../kernel/time.ts'
import type { AnyIdentifier } from './find-person-id.ts'
import { nameParts } from './match-forms.ts'
import { compareNames } from './match-rules.ts'
import { readGroup } from './merged-store.ts'
import { normalizeIdentifier } from './rules.ts'
import { openIdentifier, openName } from './seal-person.ts'
import { readIdentifiers, readPeople } from './store.ts'

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
  const { db, keyring, clock } = deps
  const numbers = identifiers.flatMap((one) => ('type' in one && one.type === 'resident-id' ? [one.value] : []))
  // One number alone is the one by which the person was found.
  const checksNumbers = numbers.length > 0 && identifiers.length > 1
  if (said.names.length === 0 && said.birthDate === null && said.sex === null && !checksNumbers) return false
  const group = await readGroup(db, personId)
  const known = (await readPeople(db, group)).map((row) => ({ ...row, name: openName(keyring, row) }))
  const registered = checksNumbers ? await readIdentifiers(db, group) : []
  return (
    hasOtherNumber(
      registered.filter((row) => row.type === 'resident-id').map((row) => openIdentifier(keyring, row)),
      numbers,
    ) || contradicts(known, withoutCopied(said, numbers, localDate(clock.now())))
  )
}

/** A number that nobody has, beside one of the hospital's own: that one was given to two patients, or stands on the wrong card. */
function hasOtherNumber(registered: readonly string[], numbers: readonly string[]): boolean {
  if (registered.length === 0) return false
  return numbers.some((value) => {
    const number = normalizeIdentifier({ type: 'resident-id', value })
    return !registered.includes(convertPersonalId15(number) ?? number)
  })
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
function withoutCopied(said: SaidOfPerson, numbers: readonly string[], today: string): SaidOfPerson {
  const told = numbers.flatMap((number) => checkPersonalId(number, { today }).suggestion ?? [])
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
