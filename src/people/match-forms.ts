import { checkPersonalId, normalizePersonalId, normalizeWidth, personalIdCheckCharacter } from '../codes/index.ts'
import { addDays, isDate } from '../kernel/time.ts'

/**
 * Parts of a name as they are compared: width, case, accents and marks between the parts make no other name, so 买买提·艾力
 * and 买买提 艾力, ＺＨＡＮＧ and Zhang are the same.
 */
export function nameParts(name: string): readonly string[] {
  return (
    name
      .normalize('NFKD')
      .toLowerCase()
      .replaceAll(/\p{M}/gu, '')
      .match(/[\p{L}\p{N}]+/gu) ?? []
  )
}

/** A name without the order of its letters: family and given name come in either order, with and without a blank. */
export const nameKey = (name: string): string => Array.from(nameParts(name).join('')).sort().join('')

/** The digits of a phone by which two spellings meet: without the country's prefix. */
export function phoneKey(phone: string): string | undefined {
  const digits = normalizeWidth(phone).replaceAll(/\D/g, '')
  const national = /^(?:00)?86(1\d{10})$/.exec(digits)?.[1] ?? digits
  return national.length >= 7 && national.length <= 15 ? national : undefined
}

/** Day and month exchanged, where that is another day of the calendar. */
export function swapDayAndMonth(date: string): string | undefined {
  const swapped = `${date.slice(0, 5)}${date.slice(8)}-${date.slice(5, 7)}`
  return swapped !== date && isDate(swapped) ? swapped : undefined
}

/** The birth date and those that a slip makes of it: the days beside it, day and month exchanged. */
export function nearBirthDates(date: string): readonly string[] {
  const swapped = swapDayAndMonth(date)
  return [date, addDays(date, -1), addDays(date, 1), ...(swapped === undefined ? [] : [swapped])]
}

/** True where one character is wrong, or two neighbours are exchanged, in texts of one length. */
export function oneSlip(a: string, b: string): boolean {
  const left = Array.from(a)
  const right = Array.from(b)
  if (left.length !== right.length) return false
  const off = left.flatMap((letter, at) => (letter === right[at] ? [] : [at]))
  const [first, second] = off
  if (first === undefined || off.length > 2) return false
  if (second === undefined) return true
  return second === first + 1 && left[first] === right[second] && left[second] === right[first]
}

/** True where one letter was left out or put in. */
export function oneLetterMore(a: string, b: string): boolean {
  const [long, short] = a.length > b.length ? [Array.from(a), b] : [Array.from(b), a]
  if (long.length !== Array.from(short).length + 1) return false
  return long.some((_, at) => long.toSpliced(at, 1).join('') === short)
}

/**
 * The identity number that was meant, as far as one slip goes: one wrong digit or two neighbours exchanged. Of a number of 18
 * characters only those whose check character fits (GB 11643 finds every single slip, so a faulty number leaves about one a
 * place, and a good one none but itself); the old form of 15 digits has no check, so all of them are tried. Numbers are
 * registered in the long form, so that each answer can be looked up by its keyed hash: nothing more need be stored.
 */
export function numbersMeant(input: string, today: string): readonly string[] {
  const normal = normalizePersonalId(input)
  if (/^\d{15}$/.test(normal)) {
    return unique([normal, ...slipsOf(normal)].map(longForm)).filter((one) => checkPersonalId(one, { today }).ok)
  }
  if (!/^\d{17}[\dX]$/.test(normal)) return []
  if (fits(normal)) return [normal]
  return unique(slipsOf(normal)).filter((one) => fits(one) && checkPersonalId(one, { today }).ok)
}

function longForm(old: string): string {
  const first17 = `${old.slice(0, 6)}19${old.slice(6)}`
  return first17 + personalIdCheckCharacter(first17)
}

const fits = (number: string): boolean => personalIdCheckCharacter(number.slice(0, 17)) === number[17]

function slipsOf(number: string): readonly string[] {
  const wrongDigit = Array.from(number).flatMap((was, at) =>
    Array.from(at === 17 ? '0123456789X' : '0123456789')
      .filter((digit) => digit !== was)
      .map((digit) => number.slice(0, at) + digit + number.slice(at + 1)),
  )
  const exchanged = Array.from(number)
    .slice(1)
    .map((_, at) => {
      const [a = '', b = ''] = number.slice(at, at + 2)
      return number.slice(0, at) + b + a + number.slice(at + 2)
    })
  return [...wrongDigit, ...exchanged].filter((one) => /^\d{14}(\d|\d{3}[\dX])$/.test(one))
}

const unique = (all: readonly string[]): readonly string[] => [...new Set(all)]
