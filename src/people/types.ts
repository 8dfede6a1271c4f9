import type { CityCode, Finding, Sex } from '../codes/index.ts'
import type { Id } from '../kernel/ids.ts'

export type PersonId = Id<'person'>

export const IDENTIFIER_TYPES = [
  'resident-id',
  'passport',
  'travel-permit',
  'social-security-card',
  'insured-number',
  'other',
] as const
/**
 * `resident-id` is the 公民身份号码 and the residence permits of the same form; it is the same number as the 社会保障号码.
 */
export type IdentifierType = (typeof IDENTIFIER_TYPES)[number]

export interface PersonIdentifier {
  readonly type: IdentifierType
  readonly value: string
}

/** 310 employees' (职工), 390 residents' (城乡居民) basic medical insurance. */
export type Insutype = '310' | '390'

/**
 * 人员类别 of the national dictionary that the policies tell apart: 11 in work (在职), 12 retired (退休), 13 retired cadres
 * (离休), 1401 newborn, 1402 preschool, 1403 pupils, 1404 students, 1405 other minors, 15 adult and 16 aged residents.
 */
export const PSN_TYPES = ['11', '12', '13', '1401', '1402', '1403', '1404', '1405', '15', '16'] as const

/** One stretch of insurance; both days included, `to` null while it runs. */
export interface Insurance {
  /** 参保地: decides which policy applies. Never derived from an identity number. */
  readonly insuredCity: CityCode
  readonly insutype: Insutype
  /** One of `PSN_TYPES`. */
  readonly psnType: string
  readonly from: string
  readonly to: string | null
}

/** psn_insu_stas: 1 normal (正常参保), 2 suspended (暂停参保), 4 ended (终止参保). */
export type InsuranceStatus = '1' | '2' | '4'

/** An insurance with its state on a day. */
export interface HeldInsurance extends Insurance {
  readonly status: InsuranceStatus
  /** The first day of the suspension that lasts. */
  readonly pausedFrom: string | null
  /** 公务员标志: whether its holder has a right to the civil servants' subsidy. */
  readonly cvlservFlag: '0' | '1'
}

/** What decides about the money of a person on a day. */
export interface InsuranceOnDay extends HeldInsurance {
  /** The special identity that the insured city has noted for the day; one with a right to medical aid (23…) before others. */
  readonly psnIdetType: string | null
}

/* 优抚人员, 医疗照顾人员, 医疗救助人员, 军人, 计划生育户, 其他. */
const PREFERRED = ['21', '2101', '2102', '2103', '2104', '2105', '2160'] as const
const CARED_FOR = ['22', '2201', '2211', '2212', '2231', '2232', '2241', '2260'] as const
const AIDED = ['23', '2301', '2302', '2303', '2304', '2305', '2306', '2307', '2308', '2360'] as const
const MILITARY = ['24', '2401', '2460'] as const
const FAMILY_PLANNING = ['31', '32', '33', '34', '35', '36'] as const
const OTHER = ['60', '6001', '6002', '6003', '6004', '6005', '6006', '6007', '6008'] as const

/** 人员身份类别 of the national dictionary; 23… has a right to medical aid (医疗救助). */
export const PSN_IDET_TYPES = [...PREFERRED, ...CARED_FOR, ...AIDED, ...MILITARY, ...FAMILY_PLANNING, ...OTHER] as const

/** A special identity (人员身份类别, such as 2303 低保救助对象), noted by a city for its own fund. */
export interface SpecialIdentity {
  readonly identityId: string
  readonly city: CityCode
  readonly psnIdetType: string
  readonly from: string
  readonly to: string | null
  readonly memo: string | null
}

/** What is needed to register a person. */
export interface NewPerson {
  readonly name: string
  readonly sex: Sex
  readonly birthDate: string
  readonly phone?: string | undefined
  readonly residenceDivision?: string | undefined
  readonly identifiers: readonly PersonIdentifier[]
  readonly insurances: readonly Insurance[]
}

/** A person as others may see one: name, number and phone masked. */
export interface MaskedPerson {
  readonly personId: PersonId
  readonly maskedName: string
  readonly sex: Sex
  readonly maskedBirthDate: string
  readonly maskedPhone: string | null
  readonly residenceDivision: string | null
  readonly identifiers: readonly { readonly type: IdentifierType; readonly masked: string }[]
  readonly insurances: readonly Insurance[]
}

export interface Registration {
  readonly personId: PersonId
  /** True where the person was there already; nothing was changed then. */
  readonly existing: boolean
  /** Remarks that do not stop the registration, such as a birth date that differs from the one in the number. */
  readonly warnings: readonly (Finding & { readonly pointer: string })[]
}

/** Who asks, for the audit log. */
export interface AskedBy {
  readonly clientId: string
  readonly org: string
  readonly role: string
  /** City of an issuer or a bureau: the one whose insurances it may tell. */
  readonly city?: string | undefined
  readonly requestId?: string | undefined
  /** Network address of the caller, for the audit log. */
  readonly sourceAddress?: string | undefined
}
