import type { CityCode } from '../codes/index.ts'

/** Whole days, both ends included; `to` null means open. */
export interface Period {
  readonly from: string
  readonly to: string | null
}

export type InstitutionKind = 'hospital' | 'pharmacy'
export type InstitutionLevel = 0 | 1 | 2 | 3
export type InstitutionGrade = '特' | '甲' | '乙' | '丙' | '未评'

export interface LevelPeriod extends Period {
  readonly level: InstitutionLevel
  readonly grade: InstitutionGrade
  /** 社区卫生服务机构: deductible and ratio have a step below 一级 for it. Only with level 0 or 1. */
  readonly community: boolean
}

export interface Suspension extends Period {
  readonly reason: string
}

export interface RecognitionPeriod extends Period {
  readonly insuredCity: CityCode
}

/** A designated institution with its history, as held in the register. */
export interface Institution {
  /** 定点医药机构编号 (fixmedins_code). */
  readonly code: string
  readonly kind: InstitutionKind
  readonly name: string
  readonly uscc: string
  readonly city: CityCode
  /** County-level unit of today. */
  readonly division: string
  readonly zone: string | null
  readonly levels: readonly LevelPeriod[]
  readonly designations: readonly Period[]
  readonly suspensions: readonly Suspension[]
  /** 双定互认: insured cities whose people may settle here. */
  readonly recognitions: readonly RecognitionPeriod[]
}

/** As much of an institution as decides about its recognition. */
export interface RecognitionFacts {
  readonly designations: readonly Period[]
  readonly suspensions: readonly Period[]
  readonly recognitions: readonly RecognitionPeriod[]
}

/** What an institution is on one day. */
export interface InstitutionFacts {
  readonly code: string
  readonly kind: InstitutionKind
  readonly name: string
  readonly uscc: string
  readonly city: CityCode
  readonly division: string
  readonly zone: string | null
  /** 0 where no level is in force on the day. */
  readonly level: InstitutionLevel
  readonly grade: InstitutionGrade
  readonly community: boolean
  readonly designation: 'designated' | 'not-started' | 'ended' | 'none'
  readonly suspended: boolean
}

export type RecognitionReasonCode =
  | 'unknown'
  | 'not-designated'
  | 'designation-not-started'
  | 'designation-ended'
  | 'suspended'
  | 'insured-city-unknown'
  | 'not-recognised-by-insured-city'
  | 'recognition-not-started'
  | 'recognition-ended'

/** One reason, for programs by `code` and for people in two languages. */
export interface RecognitionReason {
  readonly code: RecognitionReasonCode
  readonly zh: string
  readonly en: string
}

/** Whether people insured in a city may settle at an institution on a day; all reasons if not. */
export type Recognition =
  | { readonly recognised: true; readonly reasons: readonly [] }
  | { readonly recognised: false; readonly reasons: readonly RecognitionReason[] }
