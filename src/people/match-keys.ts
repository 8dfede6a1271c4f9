import { checkPersonalId } from '../codes/index.ts'
import { blindIndexes, type Keyring } from '../kernel/crypto/index.ts'
import { nameKey, nameParts, nearBirthDates, numbersMeant, phoneKey } from './match-forms.ts'
import type { Described } from './match-types.ts'
import type { PersonIdentifier } from './types.ts'

/** Raised when what is hashed changes: upkeep then makes the keys of everybody again. */
export const MATCH_RULES = 1

/** Half of an HMAC finds as well as a whole one; four of five bytes of the table are these. */
const KEY_BYTES = 16

export interface MatchKey {
  readonly kind: string
  readonly indexKeyId: string
  readonly value: Buffer
}

/**
 * The keys under which a person stands. Each is narrow: a name alone or a birth date alone would be shared by thousands.
 * The hash is keyed, since names and dates can be tried out; kinds keep equal texts apart.
 */
export function matchKeysOf(keyring: Keyring, person: Described): readonly MatchKey[] {
  return hashed(keyring, [...nameAndDate(person), ...dateAndLetter(person, [person.birthDate]), ...phone(person)])
}

/** The values under which somebody is looked for: the same, also for the birth dates that a slip makes. */
export function valuesToSeek(keyring: Keyring, asked: Described): readonly Buffer[] {
  const dates = asked.birthDate === undefined ? [] : nearBirthDates(asked.birthDate)
  return hashed(keyring, [...nameAndDate(asked), ...dateAndLetter(asked, dates), ...phone(asked)]).map(
    (key) => key.value,
  )
}

/** The index values of the identifiers as they were given, and of the identity numbers that may have been meant. */
export function identifiersToSeek(keyring: Keyring, asked: Described, today: string): readonly Buffer[] {
  return asked.identifiers
    .flatMap(({ type, value }) => {
      const meant = type === 'resident-id' ? numbersMeant(value, today) : [value]
      return meant.map((normalForm) => ({ type, normalForm }))
    })
    .flatMap((identifier) => blindIndexes(keyring, identifier).map((index) => index.value))
}

/** The index values of identifiers, exactly as they are said; a number of the old form is that of its long one. */
export function indexValuesOf(
  keyring: Keyring,
  identifiers: readonly PersonIdentifier[],
  today: string,
): readonly Buffer[] {
  return identifiers.flatMap(({ type, value }) => {
    const converted = type === 'resident-id' ? checkPersonalId(value, { today }).converted : undefined
    return blindIndexes(keyring, { type, normalForm: converted ?? value }).map((index) => index.value)
  })
}

type Plain = readonly [kind: string, text: string]

/** Covers a wrong day or month, a wrong sex, a name in another order; and a wrong year with day and month in either order. */
function nameAndDate({ name, birthDate }: Described): readonly Plain[] {
  if (name === undefined || birthDate === undefined) return []
  const [year = '', month = '', day = ''] = birthDate.split('-')
  const key = nameKey(name)
  return [
    ['match-name-year', `${key}|${year}`],
    ['match-name-day', `${key}|${month < day ? `${month}-${day}` : `${day}-${month}`}`],
  ]
}

/** Covers a name that is spelt otherwise, as long as its first or its last letter stands. */
function dateAndLetter(person: Described, dates: readonly (string | undefined)[]): readonly Plain[] {
  const letters = Array.from(nameParts(person.name ?? '').join(''))
  const [first, last] = [letters[0], letters.at(-1)]
  if (first === undefined || last === undefined) return []
  // Who says no sex looks under both; whoever is registered has one.
  const sexes = person.sex === undefined ? ['male', 'female'] : [person.sex]
  return dates
    .filter((date) => date !== undefined)
    .flatMap((date) => sexes.map((sex) => `${date}|${sex}`))
    .flatMap((start): Plain[] => [
      ['match-birth-first', `${start}|${first}`],
      ['match-birth-last', `${start}|${last}`],
    ])
}

function phone(person: Described): readonly Plain[] {
  const key = person.phone === undefined ? undefined : phoneKey(person.phone)
  return key === undefined ? [] : [['match-phone', key]]
}

function hashed(keyring: Keyring, texts: readonly Plain[]): readonly MatchKey[] {
  return texts.flatMap(([kind, normalForm]) =>
    blindIndexes(keyring, { type: kind, normalForm }).map(({ keyId, value }) => ({
      kind,
      indexKeyId: keyId,
      value: value.subarray(0, KEY_BYTES),
    })),
  )
}
