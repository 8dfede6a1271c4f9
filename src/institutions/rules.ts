import { isCityCode } from '../codes/index.ts'
import type {
  Institution,
  InstitutionFacts,
  Period,
  Recognition,
  RecognitionFacts,
  RecognitionPeriod,
  RecognitionReason,
  RecognitionReasonCode,
} from './types.ts'

/** What an institution is on a day. Results and referrals read the level of their own date, not today's. */
export function factsAt(institution: Institution, date: string): InstitutionFacts {
  const { code, kind, name, uscc, city, division, zone } = institution
  const level = inForce(institution.levels, date)
  return {
    code,
    kind,
    name,
    uscc,
    city,
    division,
    zone,
    level: level?.level ?? 0,
    grade: level?.grade ?? '未评',
    community: level?.community ?? false,
    designation: stateAt(institution.designations, date),
    suspended: inForce(institution.suspensions, date) !== undefined,
  }
}

/**
 * Whether a person insured in `insuredCity` may settle at the institution on a day (双定互认): it is designated and
 * not suspended at home, and the insured city recognises it. Every reason against is listed, not only the first.
 */
export function recognitionAt(
  institution: RecognitionFacts | undefined,
  insuredCity: string,
  date: string,
): Recognition {
  if (institution === undefined) return { recognised: false, reasons: [REASONS.unknown] }
  const reasons: RecognitionReason[] = []
  const designation = stateAt(institution.designations, date)
  if (designation !== 'designated') reasons.push(REASONS[DESIGNATION_REASON[designation]])
  if (inForce(institution.suspensions, date)) reasons.push(REASONS.suspended)
  if (isCityCode(insuredCity)) {
    const own = institution.recognitions.filter((row: RecognitionPeriod) => row.insuredCity === insuredCity)
    const recognition = stateAt(own, date)
    if (recognition !== 'designated') reasons.push(REASONS[RECOGNITION_REASON[recognition]])
  } else {
    reasons.push(REASONS['insured-city-unknown'])
  }
  return reasons.length === 0 ? RECOGNISED : { recognised: false, reasons }
}

/** True where two of the periods share a day; periods of one kind must not. */
export function overlap(periods: readonly Period[]): boolean {
  const sorted = periods.toSorted((a, b) => (a.from < b.from ? -1 : 1))
  return sorted.some((period, at) => {
    const next = sorted[at + 1]
    return next !== undefined && (period.to === null || period.to >= next.from)
  })
}

const RECOGNISED: Recognition = { recognised: true, reasons: [] }

const DESIGNATION_REASON = {
  none: 'not-designated',
  'not-started': 'designation-not-started',
  ended: 'designation-ended',
} as const

const RECOGNITION_REASON = {
  none: 'not-recognised-by-insured-city',
  'not-started': 'recognition-not-started',
  ended: 'recognition-ended',
} as const

function inForce<P extends Period>(periods: readonly P[], date: string): P | undefined {
  return periods.find((period) => period.from <= date && (period.to === null || period.to >= date))
}

/** In a gap between two periods the earlier one has ended: that is what a person must be told. */
function stateAt(periods: readonly Period[], date: string): InstitutionFacts['designation'] {
  if (periods.length === 0) return 'none'
  if (inForce(periods, date)) return 'designated'
  return periods.some((period) => period.from < date) ? 'ended' : 'not-started'
}

const reason = (code: RecognitionReasonCode, zh: string, en: string): RecognitionReason => ({ code, zh, en })

const REASONS: Readonly<Record<RecognitionReasonCode, RecognitionReason>> = {
  unknown: reason('unknown', '登记库中没有该定点医药机构', 'The register has no institution with this code'),
  'not-designated': reason('not-designated', '该机构从未签订定点协议', 'The institution was never designated'),
  'designation-not-started': reason(
    'designation-not-started',
    '该日期定点协议尚未生效',
    'The designation had not begun on this day',
  ),
  'designation-ended': reason('designation-ended', '该日期定点协议已终止', 'The designation had ended on this day'),
  suspended: reason('suspended', '该日期定点协议处于中止期', 'The designation was suspended on this day'),
  'insured-city-unknown': reason(
    'insured-city-unknown',
    '参保地不是成德眉资四市之一',
    'The insured city is not one of the four cities',
  ),
  'not-recognised-by-insured-city': reason(
    'not-recognised-by-insured-city',
    '参保地未与该机构互认',
    'The insured city does not recognise the institution',
  ),
  'recognition-not-started': reason(
    'recognition-not-started',
    '该日期参保地对该机构的互认尚未生效',
    "The insured city's recognition had not begun on this day",
  ),
  'recognition-ended': reason(
    'recognition-ended',
    '该日期参保地对该机构的互认已终止',
    "The insured city's recognition had ended on this day",
  ),
}
