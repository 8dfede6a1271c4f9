import { sql } from 'kysely'
import type { Db, Tx } from '../kernel/db.ts'
import type { ConsentFact } from './types.ts'

export const GIVERS = ['self', 'guardian', 'proxy'] as const
export type GivenBy = (typeof GIVERS)[number]

export const CHANNELS = ['app', 'counter', 'kiosk', 'paper', 'phone'] as const
export type Channel = (typeof CHANNELS)[number]

/** What a person said, whole. */
export interface Consent extends Omit<ConsentFact, 'eventNo' | 'validUntilMs' | 'withdrawnNo'> {
  readonly personId: string
  readonly separate: boolean
  readonly givenBy: GivenBy
  /** The guardian or proxy. */
  readonly giverId: string | null
  readonly notice: string
  readonly noticeVersion: number
  readonly noticeHash: string
  readonly language: string
  readonly channel: Channel
  readonly evidenceRef: string
  readonly givenAt: Date
  readonly validUntil: Date | null
  readonly recordedClient: string
  readonly recordedCity: string
}

export interface Withdrawal {
  readonly withdrawnBy: GivenBy
  readonly giverId: string | null
  readonly channel: Channel
  readonly withdrawnAt: Date
}

export type StoredConsent = Consent & { readonly withdrawal: Withdrawal | null }

/** Lets one transaction at a time say something about a person. */
export async function lockConsents(tx: Tx, personId: string): Promise<void> {
  await sql`select pg_advisory_xact_lock(hashtextextended('consent.person', 0) # hashtextextended(${personId}, 0))`.execute(
    tx,
  )
}

export async function insertConsent(tx: Tx, consent: Consent): Promise<void> {
  await tx
    .insertInto('consent_record')
    .values({
      person_id: consent.personId,
      consent_id: consent.consentId,
      decision: consent.decision,
      purpose: consent.purpose,
      recipients: [...consent.recipients],
      data_classes: [...consent.dataClasses],
      sensitive_classes: [...consent.sensitiveClasses],
      sources: [...consent.sources],
      separate: consent.separate,
      given_by: consent.givenBy,
      giver_id: consent.giverId,
      notice: consent.notice,
      notice_version: consent.noticeVersion,
      notice_hash: consent.noticeHash,
      language: consent.language,
      channel: consent.channel,
      evidence_ref: consent.evidenceRef,
      given_at: consent.givenAt,
      valid_until: consent.validUntil,
      recorded_client: consent.recordedClient,
      recorded_city: consent.recordedCity,
    })
    .execute()
}

/** False where it was withdrawn before: the first withdrawal stands. */
export async function insertWithdrawal(
  tx: Tx,
  of: { readonly personId: string; readonly consentId: string },
  withdrawal: Withdrawal & { readonly recordedClient: string; readonly recordedCity: string },
): Promise<boolean> {
  const inserted = await tx
    .insertInto('consent_withdrawal')
    .values({
      person_id: of.personId,
      consent_id: of.consentId,
      withdrawn_by: withdrawal.withdrawnBy,
      giver_id: withdrawal.giverId,
      channel: withdrawal.channel,
      withdrawn_at: withdrawal.withdrawnAt,
      recorded_client: withdrawal.recordedClient,
      recorded_city: withdrawal.recordedCity,
    })
    .onConflict((conflict) => conflict.doNothing())
    .returning('consent_id')
    .executeTakeFirst()
  return inserted !== undefined
}

export interface WithdrawnConsent {
  readonly personId: string
  readonly consentId: string
  readonly purpose: string
  readonly withdrawnAt: Date
}

/**
 * Consents to an institution that were withdrawn since a moment, the earliest first: those that name it, and those that name
 * its city of persons whom it treats. Of others it need not know.
 */
export async function listWithdrawn(
  db: Db,
  of: { readonly institution: string; readonly city: string; readonly since: Date; readonly limit: number },
): Promise<readonly WithdrawnConsent[]> {
  const { institution, city, since, limit } = of
  return await db
    .selectFrom('consent_withdrawal as w')
    .innerJoin('consent_record as c', (join) =>
      join.onRef('c.person_id', '=', 'w.person_id').onRef('c.consent_id', '=', 'w.consent_id'),
    )
    .select(['c.person_id as personId', 'c.consent_id as consentId', 'c.purpose', 'w.withdrawn_at as withdrawnAt'])
    .where('w.withdrawn_at', '>=', since)
    .where('c.decision', '=', 'permit')
    .where(
      sql<boolean>`(${institution} = any(c.recipients) or (${city} = any(c.recipients) and exists (
        select from consent_relationship r where r.person_id = c.person_id and r.institution = ${institution})))`,
    )
    .orderBy('w.withdrawn_at')
    .orderBy('w.consent_id')
    .limit(limit)
    .execute()
}

export async function countConsents(db: Db, personIds: readonly string[]): Promise<bigint> {
  const row = await db
    .selectFrom('consent_record')
    .select((eb) => eb.fn.countAll<bigint>().as('count'))
    .where(sql<boolean>`person_id = any(${personIds}::uuid[])`)
    .executeTakeFirstOrThrow()
  return row.count
}

/** All that a person said, the newest first; one of them where an id is given. By the primary key. */
export async function readConsents(
  db: Db,
  of: {
    /** All ids of the person. */
    readonly personIds: readonly string[]
    readonly consentId?: string
    /** Only those that name one of these as recipient. */
    readonly recipients?: readonly string[]
  },
): Promise<readonly StoredConsent[]> {
  const { consentId, recipients } = of
  const rows = await db
    .selectFrom('consent_record as c')
    .leftJoin('consent_withdrawal as w', (join) =>
      join.onRef('w.person_id', '=', 'c.person_id').onRef('w.consent_id', '=', 'c.consent_id'),
    )
    .selectAll('c')
    .select(['w.withdrawn_by', 'w.giver_id as withdrawer_id', 'w.channel as withdrawal_channel', 'w.withdrawn_at'])
    .where(sql<boolean>`c.person_id = any(${of.personIds}::uuid[])`)
    .$if(consentId !== undefined, (query) => query.where('c.consent_id', '=', consentId as string))
    .$if(recipients !== undefined, (query) =>
      query.where(sql<boolean>`c.recipients && ${recipients as readonly string[]}::text[]`),
    )
    .orderBy('c.event_no', 'desc')
    .execute()
  return rows.map((row) => ({
    personId: row.person_id,
    consentId: row.consent_id,
    decision: row.decision as Consent['decision'],
    purpose: row.purpose,
    recipients: row.recipients,
    dataClasses: row.data_classes,
    sensitiveClasses: row.sensitive_classes,
    sources: row.sources,
    separate: row.separate,
    givenBy: row.given_by as GivenBy,
    giverId: row.giver_id,
    notice: row.notice,
    noticeVersion: row.notice_version,
    noticeHash: row.notice_hash,
    language: row.language,
    channel: row.channel as Channel,
    evidenceRef: row.evidence_ref,
    givenAt: row.given_at,
    validUntil: row.valid_until,
    recordedClient: row.recorded_client,
    recordedCity: row.recorded_city,
    withdrawal:
      row.withdrawn_at === null
        ? null
        : {
            withdrawnBy: row.withdrawn_by as GivenBy,
            giverId: row.withdrawer_id,
            channel: row.withdrawal_channel as Channel,
            withdrawnAt: row.withdrawn_at,
          },
  }))
}
