import { checkFixmedinsCode, checkUscc, isCurrentDivision, lookupDivision } from '../codes/index.ts'
import type { FieldError } from '../kernel/errors.ts'
import { isDate } from '../kernel/time.ts'
import { institutionsError } from './errors.ts'
import { overlap } from './rules.ts'
import type { Institution, Period } from './types.ts'

/** The normal form of an institution code. @throws `institutions.code-invalid` naming each part that is wrong. */
export function readInstitutionCode(input: string, pointer: string): string {
  const check = checkFixmedinsCode(input)
  if (check.ok) return check.normal
  throw institutionsError('code-invalid', {
    detail: 'The code of a designated institution is H or P, six digits of the division and five digits of serial.',
    errors: check.findings
      .filter((finding) => finding.severity === 'error')
      .map((finding) => ({ pointer, detail: `${finding.part}: ${finding.message}` })),
  })
}

/** All that is wrong with an institution to be saved. `at` is its JSON pointer. */
export function checkInstitution(one: Institution, at: string): readonly FieldError[] {
  const problems: FieldError[] = []
  const report = (pointer: string, detail: string) => problems.push({ pointer: `${at}/${pointer}`, detail })

  const code = checkFixmedinsCode(one.code)
  for (const finding of code.findings) {
    if (finding.severity === 'error') report('code', `${finding.part}: ${finding.message}`)
  }
  if (code.ok && code.normal !== one.code) report('code', 'is not in its normal form')
  if (code.kind !== null && code.kind !== one.kind) report('kind', `does not fit the first letter of the code`)

  const uscc = checkUscc(one.uscc)
  for (const finding of uscc.findings) {
    if (finding.severity === 'error') report('uscc', `${finding.part}: ${finding.message}`)
  }
  if (!isCurrentDivision(one.division)) report('division', 'is not a county-level unit in force of the four cities')
  else if (lookupDivision(one.division).city !== one.city) report('city', 'is not the city of the division')
  if (one.name.trim() === '') report('name', 'is empty')

  reportPeriods('levels', one.levels)
  reportPeriods('designations', one.designations)
  reportPeriods('suspensions', one.suspensions)
  for (const [city, periods] of Map.groupBy(one.recognitions, (row) => row.insuredCity)) {
    reportPeriods(`recognitions/${city}`, periods)
  }
  one.levels.forEach((level, index) => {
    if (level.grade === '特' && level.level !== 3) report(`levels/${index}/grade`, '特 is given to level 3 only')
    if (level.community && level.level > 1) report(`levels/${index}/community`, 'is of level 0 or 1 only')
  })
  return problems

  function reportPeriods(pointer: string, periods: readonly Period[]): void {
    const bad = periods.some(({ from, to }) => !isDate(from) || (to !== null && (!isDate(to) || to < from)))
    if (bad) report(pointer, 'holds a period that is not two days of the calendar in order')
    else if (overlap(periods)) report(pointer, 'holds periods that share a day')
  }
}
