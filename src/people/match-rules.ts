import { convertPersonalId15 } from '../codes/index.ts'
import { nameKey, nameParts, nearBirthDates, oneLetterMore, oneSlip, phoneKey, swapDayAndMonth } from './match-forms.ts'
import {
  type Agreement,
  type Described,
  type FieldScore,
  MATCH_FIELDS,
  type MatchField,
  type MatchGrade,
  type MatchPolicy,
  type Score,
} from './match-types.ts'

/** The whole of a score. */
export const FULL_POINTS = 10_000

/**
 * Compares what is said of somebody with what is registered and scores it by the policy. Deterministic where an identifier
 * is equal and nothing contradicts it, no other field and no other identity number: that is certain, whatever the weights.
 * Else the points are added up; without an equal identifier, or against such a contradiction by name and birth date or by
 * the identity number, no sum makes it certain.
 *
 * @param named - true where a number of the caller's own stands for the person: that is an equal identifier
 */
export function scoreMatch(policy: MatchPolicy, asked: Described, known: Described, named = false): Score {
  const fields = MATCH_FIELDS.flatMap((field): FieldScore[] => {
    const agreement = field === 'number' && named ? 'equal' : compare(field, asked, known)
    if (agreement === undefined) return []
    return [{ field, agreement, points: policy.weights.get(`${field} ${agreement}`) ?? 0 }]
  })
  const of = (field: MatchField) => fields.find((one) => one.field === field)?.agreement
  const otherNumber = hasOtherIdentity(asked, known)
  const contradicted =
    otherNumber || fields.some(({ field, agreement }) => agreement === 'differs' && field !== 'phone')
  if (of('number') === 'equal' && !contradicted) return { points: FULL_POINTS, grade: 'certain', fields }
  const sum = fields.reduce((total, one) => total + one.points, 0)
  const points = Math.min(FULL_POINTS, Math.max(0, sum))
  const stranger = otherNumber || (of('name') === 'differs' && of('birthDate') === 'differs')
  const grade = gradeOf(policy, points)
  if (grade !== 'certain' || (of('number') === 'equal' && !stranger)) return { points, grade, fields }
  return { points, grade: stranger ? 'possible' : 'probable', fields }
}

/**
 * True where both have an identity number and none is the other's, not even by a slip: a passport is renewed and lent, the
 * citizen identity number is one for life (居民身份证法 art. 3).
 */
function hasOtherIdentity(asked: Described, known: Described): boolean {
  const only = ({ identifiers }: Described): Described => ({
    identifiers: identifiers.filter(({ type }) => type === 'resident-id'),
  })
  return compareNumbers(only(asked), only(known)) === 'differs'
}

function gradeOf(policy: MatchPolicy, points: number): MatchGrade | 'none' {
  if (points >= policy.certain) return 'certain'
  if (points >= policy.probable) return 'probable'
  return points >= policy.possible ? 'possible' : 'none'
}

/** Undefined where one side says nothing. */
function compare(field: MatchField, asked: Described, known: Described): Agreement | undefined {
  switch (field) {
    case 'number':
      return compareNumbers(asked, known)
    case 'name':
      return both(asked.name, known.name, compareNames)
    case 'birthDate':
      return both(asked.birthDate, known.birthDate, compareBirthDates)
    case 'sex':
      return both(asked.sex, known.sex, (a, b) => (a === b ? 'equal' : 'differs'))
    case 'phone':
      return both(asked.phone, known.phone, comparePhones)
  }
}

function both<T>(a: T | undefined, b: T | undefined, judge: (a: T, b: T) => Agreement | undefined) {
  return a === undefined || b === undefined ? undefined : judge(a, b)
}

/** Of the identifiers of one kind the best pair counts: a person may have several passports. */
function compareNumbers(asked: Described, known: Described): Agreement | undefined {
  const found = asked.identifiers.flatMap(({ type, value }) =>
    known.identifiers
      .filter((other) => other.type === type)
      .map((other): Agreement => {
        // The old form of 15 digits is the same number as its long one (GB 11643).
        if (other.value === ((type === 'resident-id' ? convertPersonalId15(value) : null) ?? value)) return 'equal'
        return type === 'resident-id' && sameNumberMeant(value, other.value) ? 'near' : 'differs'
      }),
  )
  return (['equal', 'near', 'differs'] as const).find((one) => found.includes(one))
}

/** The old form says neither century nor check character: only its own digits are compared. */
function sameNumberMeant(a: string, b: string): boolean {
  const old = (number: string) => number.slice(0, 6) + number.slice(8, 17)
  if (a.length === 18 && b.length === 18) return oneSlip(a, b)
  return oneSlip(a.length === 15 ? a : old(a), b.length === 15 ? b : old(b))
}

/** Fewer letters than this, and another letter is another name. */
const LETTERS_FOR_A_SLIP = { han: 3, other: 5 } as const

export function compareNames(a: string, b: string): Agreement {
  const [left, right] = [nameParts(a), nameParts(b)]
  const [one, two] = [left.join(''), right.join('')]
  if (one === '' || two === '') return 'differs'
  if (one === two) return 'equal'
  // 示例 张 for 张示例: the parts in another order, or one written after the other without a mark.
  if (left.toSorted().join(' ') === right.toSorted().join(' ') || turned(one, two)) return 'reordered'
  const letters = Math.min(Array.from(one).length, Array.from(two).length)
  const enough = /^\p{Script=Han}+$/u.test(one) ? LETTERS_FOR_A_SLIP.han : LETTERS_FOR_A_SLIP.other
  if (letters < enough) return 'differs'
  return oneSlip(one, two) || oneLetterMore(one, two) || nameKey(a) === nameKey(b) ? 'near' : 'differs'
}

/** One text is the other with its beginning put to its end. */
const turned = (a: string, b: string): boolean => a.length === b.length && `${a}${a}`.includes(b)

export function compareBirthDates(a: string, b: string): Agreement {
  if (a === b) return 'equal'
  if (swapDayAndMonth(a) === b) return 'swapped'
  if (nearBirthDates(a).includes(b)) return 'neighbour'
  return oneSlip(a, b) ? 'near' : 'differs'
}

function comparePhones(a: string, b: string): Agreement | undefined {
  const [left, right] = [phoneKey(a), phoneKey(b)]
  if (left === undefined || right === undefined) return undefined
  if (left === right) return 'equal'
  return oneSlip(left, right) ? 'near' : 'differs'
}

/** What a candidate search needs at least, so that it does not return half a city. */
export const KEY_PARAMETERS = 'an identifier, or two of name, birth date and phone'

export function hasKeyParameters(asked: Described): boolean {
  if (asked.identifiers.length > 0) return true
  const given = [asked.name, asked.birthDate, asked.phone].filter((one) => one !== undefined)
  return given.length >= 2
}
