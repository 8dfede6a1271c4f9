import type { CodeMapping, LocalResultCode, MappingDraft, Party } from './types.ts'

export type Choice =
  | { readonly kind: 'mapped'; readonly mapping: CodeMapping }
  | { readonly kind: 'no-mapping' | 'ambiguous' }

/**
 * The mapping of a code on the day of the test. The one that fits most closely counts: one for this laboratory, specimen
 * or method before one for whichever. Two that fit equally and say different things are ambiguous: nobody guesses.
 */
export function chooseMapping(mappings: readonly CodeMapping[], result: LocalResultCode, day: string): Choice {
  let best: CodeMapping[] = []
  let closest = -1
  for (const mapping of mappings) {
    if (mapping.localCode !== result.localCode || mapping.localSystem !== result.localSystem) continue
    if (mapping.from > day || (mapping.to !== null && mapping.to < day)) continue
    const closeness = closenessOf(mapping, result)
    if (closeness === undefined || closeness < closest) continue
    if (closeness > closest) best = []
    closest = closeness
    best.push(mapping)
  }
  const [first, ...others] = best
  if (first === undefined) return { kind: 'no-mapping' }
  return others.every((other) => saysTheSame(other, first)) ? { kind: 'mapped', mapping: first } : { kind: 'ambiguous' }
}

/** How many parts of the key are named and fit; undefined where a named one does not. */
function closenessOf(mapping: CodeMapping, result: LocalResultCode): number | undefined {
  let named = 0
  for (const part of NARROWING) {
    if (mapping[part] === null) continue
    if (mapping[part] !== result[part]) return undefined
    named += 1
  }
  return named
}

const NARROWING = ['laboratory', 'specimen', 'method'] as const

/** Whether a mapping would answer, otherwise, for results that another one answers for now or holds ambiguous. */
export function takesOver(other: CodeMapping, from: CodeMapping): boolean {
  if (other.localCode !== from.localCode || other.localSystem !== from.localSystem) return false
  const named = (one: CodeMapping): number => NARROWING.filter((part) => one[part] !== null).length
  const meet = NARROWING.every((part) => other[part] === null || from[part] === null || other[part] === from[part])
  return meet && named(other) <= named(from) && !saysTheSame(other, from)
}

const MEANING = ['item', 'loinc', 'unit', 'ucum', 'factor'] as const

const saysTheSame = (a: CodeMapping, b: CodeMapping): boolean => MEANING.every((part) => a[part] === b[part])

/** Everything that a new version may say otherwise. */
const CONTENT = [...MEANING, 'rangeSource', 'display', 'from', 'to'] as const

/** What the draft says otherwise than the row, by name. */
export function differences(draft: MappingDraft, row: MappingDraft) {
  return CONTENT.filter((part) => draft[part] !== row[part]).map((part) => ({
    field: part,
    before: row[part],
    after: draft[part],
  }))
}

/** One text for the parts of a key: rows that share it may not hold on the same day. */
export function keyOf(row: LocalResultCode): string {
  return JSON.stringify([row.laboratory, row.localSystem, row.localCode, row.specimen, row.method])
}

/** Units are compared as they are meant: full-width letters and the two micro signs are one spelling. */
export function normalUnit(unit: string | null): string | null {
  const text = unit?.normalize('NFKC').replaceAll(/\s+/g, '') ?? ''
  return text === '' ? null : text
}

export interface DraftProblem {
  readonly field: keyof MappingDraft
  readonly detail: string
}

/** What forbids a draft; `isUcum` says what is a unit. */
export function problemsOf(draft: MappingDraft, isUcum: (unit: string) => boolean): readonly DraftProblem[] {
  const problems: DraftProblem[] = []
  if (draft.item === null && draft.loinc === null) {
    problems.push({ field: 'item', detail: 'a mapping leads to a catalogue item, to a LOINC code or to both' })
  }
  if (draft.loinc !== null && !isLoinc(draft.loinc)) {
    problems.push({ field: 'loinc', detail: 'is no LOINC code: its check digit differs' })
  }
  if (draft.ucum !== null && !isUcum(draft.ucum)) problems.push({ field: 'ucum', detail: 'is no unit of UCUM' })
  if (draft.unit !== null && draft.ucum === null) {
    problems.push({ field: 'ucum', detail: 'is needed where the laboratory writes a unit' })
  }
  if (draft.unit === null && draft.ucum !== null && !PURE_NUMBER.test(draft.ucum)) {
    problems.push({
      field: 'unit',
      detail: 'is needed: a unit that is not written can only be 1, [pH] or an annotation',
    })
  }
  if (draft.factor !== null && draft.unit === null) {
    problems.push({ field: 'factor', detail: 'leads from a written unit to another one' })
  }
  if (draft.factor !== null && !/[1-9]/.test(draft.factor)) problems.push({ field: 'factor', detail: 'is zero' })
  if (draft.to !== null && draft.to < draft.from) problems.push({ field: 'to', detail: 'is before from' })
  return problems
}

const PURE_NUMBER = /^(?:1|\[pH\]|\{[^{}]*\})$/

/** LOINC codes end with a check digit, modulus 10 after Luhn (LOINC User's Guide). */
export function isLoinc(code: string): boolean {
  const match = /^(\d{1,7})-(\d)$/.exec(code)
  if (match === null) return false
  const [, digits = '', check] = match
  let sum = 0
  for (const [index, digit] of digits.split('').reverse().entries()) {
    const doubled = Number(digit) * (index % 2 === 0 ? 2 : 1)
    sum += doubled > 9 ? doubled - 9 : doubled
  }
  return (10 - (sum % 10)) % 10 === Number(check)
}

/** Staff numbers are compared without regard to case: another spelling is not another person. */
const officerKey = (officer: string): string => officer.toLowerCase()

/**
 * True where `candidate` may stand as the second person. The client names its officer, so another officer alone proves
 * nothing; another client alone may be the same person's second desk. Both must differ.
 */
export function isSecondPerson(candidate: Party, first: Party): boolean {
  return candidate.clientId !== first.clientId && officerKey(candidate.officer) !== officerKey(first.officer)
}
