import type { Db } from '../kernel/db.ts'
import type { SensitiveCode } from './sensitive.ts'
import type { Basis, DefaultRule, LegalGround, PurposePolicy } from './types.ts'

/** Area of the announcements; the triggers of the policy tables use it as well. */
export const CONSENT_CHANGED = 'consent'

interface Dated {
  readonly from: string
  readonly to: string | null
}

export interface Figure extends Dated {
  readonly name: string
  readonly version: number
  readonly value: number
}
export type DatedPurpose = PurposePolicy & Dated

export interface Notice extends Dated {
  readonly notice: string
  readonly version: number
  readonly language: string
  readonly purpose: string
  /** The notice of special diseases. */
  readonly sensitive: boolean
  readonly text: string
  /** SHA-256 of the text in UTF-8, lower-case hex. */
  readonly hash: string
  readonly source: string
  readonly verified: boolean
}

export interface OverrideReason extends Dated {
  readonly code: string
  readonly version: number
  readonly zh: string
  readonly en: string
}

export interface SensitiveKind {
  readonly class: string
  readonly zh: string
  readonly en: string
  readonly opensInEmergency: boolean
}

/** All policy, as of one revision. */
export interface ConsentPolicy {
  readonly changeNo: bigint
  readonly figures: readonly Figure[]
  readonly purposes: readonly DatedPurpose[]
  readonly grounds: readonly LegalGround[]
  readonly sensitiveClasses: readonly SensitiveKind[]
  readonly sensitiveCodes: readonly SensitiveCode[]
  readonly calendar: ReadonlyMap<string, boolean>
  readonly notices: readonly Notice[]
  readonly overrideReasons: readonly OverrideReason[]
}

export async function readConsentRevision(db: Db): Promise<bigint> {
  const row = await db.selectFrom('consent_revision').select('change_no as changeNo').executeTakeFirstOrThrow()
  return row.changeNo
}

/** Reads all of it; call it in one snapshot. */
export async function readConsentPolicy(db: Db): Promise<ConsentPolicy> {
  const changeNo = await readConsentRevision(db)
  const figures = await db
    .selectFrom('consent_figure')
    .select(['name', 'version', 'value', 'from_date as from', 'to_date as to'])
    .execute()
  const purposes = await db
    .selectFrom('consent_purpose')
    .select([
      'purpose',
      'version',
      'zh',
      'en',
      'basis',
      'rule',
      'heeds_consent as heedsConsent',
      'roles',
      'data_classes as dataClasses',
      'default_classes as defaultClasses',
      'from_date as from',
      'to_date as to',
    ])
    .execute()
  const grounds = await db.selectFrom('consent_ground').selectAll().orderBy('ground_id').orderBy('version').execute()
  const sensitiveClasses = await db
    .selectFrom('consent_sensitive_class')
    .select(['class', 'zh', 'en', 'opens_in_emergency as opensInEmergency'])
    .orderBy('class')
    .execute()
  const sensitiveCodes = await db
    .selectFrom('consent_sensitive_code')
    .select(['class', 'system', 'match', 'value'])
    .execute()
  const calendar = await db.selectFrom('consent_calendar_day').select(['day', 'working']).execute()
  const notices = await db
    .selectFrom('consent_notice')
    .select([
      'notice',
      'version',
      'language',
      'purpose',
      'sensitive',
      'text',
      'hash',
      'from_date as from',
      'to_date as to',
      'source',
      'verified',
    ])
    .orderBy('notice')
    .orderBy('version')
    .orderBy('language')
    .execute()
  const overrideReasons = await db
    .selectFrom('consent_override_reason')
    .select(['code', 'version', 'zh', 'en', 'from_date as from', 'to_date as to'])
    .orderBy('code')
    .orderBy('version')
    .execute()
  return {
    changeNo,
    figures,
    purposes: purposes.map((row) => ({ ...row, basis: row.basis as Basis, rule: row.rule as DefaultRule })),
    grounds: grounds.map((row) => ({
      groundId: row.ground_id,
      version: row.version,
      kind: row.kind as LegalGround['kind'],
      purpose: row.purpose,
      role: row.role,
      city: row.city,
      legalBasis: row.legal_basis,
      dataClasses: row.data_classes,
      resourceTypes: row.resource_types,
      sensitiveClasses: row.sensitive_classes,
      orderId: row.order_id,
      fromMs: row.from_at.getTime(),
      toMs: row.to_at?.getTime() ?? null,
    })),
    sensitiveClasses,
    sensitiveCodes: sensitiveCodes.map((row) => ({ ...row, match: row.match as SensitiveCode['match'] })),
    calendar: new Map(calendar.map(({ day, working }) => [day, working])),
    notices,
    overrideReasons,
  }
}
