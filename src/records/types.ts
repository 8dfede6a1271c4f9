import type { Resource } from '../fhir/index.ts'
import type { IdentifierType } from '../people/index.ts'
import type { Place } from './scan-searchset.ts'

export type { Resource }

/** Purposes of use that the exchange serves (HL7 v3 PurposeOfUse), and the legal ground the audit log states for each. */
export const PURPOSES = { TREAT: 'treatment', ETREAT: 'emergency', HPAYMT: 'payment' } as const
export type Purpose = keyof typeof PURPOSES

/** Who reads, for what, in which request. */
export interface Reader {
  readonly clientId: string
  readonly institution: string
  readonly role: string
  readonly purpose: Purpose
  readonly requestId: string
  /** Network address of the caller, for the audit log. */
  readonly sourceAddress?: string | undefined
}

/** A hospital as registered. Everything about how it may be called is here; nothing else is ever called. */
export interface Hospital {
  readonly institution: string
  /** FHIR base without a slash at its end. */
  readonly baseUrl: string
  readonly auth:
    | { readonly kind: 'none' }
    | {
        readonly kind: 'backend-services'
        readonly clientId: string
        /** Null: taken from the hospital's smart-configuration. */
        readonly tokenUrl: string | null
        readonly privateKey: Uint8Array
        readonly publicJwk: PublicJwk
      }
  /** Null: the deadline of the whole search, less what merging needs. */
  readonly deadlineMs: number | null
  readonly maxBytes: number
  readonly maxSockets: number
  readonly identifierSystems: Readonly<Partial<Record<IdentifierType, string>>>
  /** Resource types whose every record the hospital announces: not asked where it announced none. */
  readonly notifies: readonly string[]
  readonly enabled: boolean
  readonly changeNo: bigint
}

/** Public part of the key with which the hub signs its assertions to one hospital (RFC 7517). */
export interface PublicJwk {
  readonly kty: string
  readonly crv: string
  readonly x: string
  readonly y: string
  readonly kid: string
  readonly alg: string
  readonly use: string
}

/** Where a resource comes from, and how references in it are to be read. */
export interface Origin {
  readonly institution: string
  /** FHIR base that relative references are relative to. */
  readonly baseUrl: string
  /** The person here, and the logical id of the person's Patient there. */
  readonly personId: string
  readonly patientId: string
}

/** One resource that passed all checks. */
export interface Found {
  readonly source: string
  /** Its address at the hospital. */
  readonly fullUrl: string
  /** As JavaScript reads it: a decimal has its value, but not its spelling (`exactResource` keeps that, too). */
  readonly resource: Resource
  readonly origin: Origin
  /** The text, one character a byte, in which it stands at `place`. */
  readonly text: string
  readonly place: Place
  /** By what it is sorted: milliseconds; undefined where it does not say. */
  readonly time: number | undefined
}

/** One page of a hospital's answer, as far as it was not given out before. */
export interface SourcePage {
  /** Where it was got, under the hospital's base; undefined: by the search itself. */
  readonly link: string | undefined
  /** Where the next one is. */
  readonly next: string | undefined
  /** Matches at its beginning that were given out before. */
  readonly skipped: number
  /** The matches in the order of the search. */
  readonly found: readonly Found[]
}

/** R4 issue codes (http://hl7.org/fhir/R4/valueset-issue-type.html) that name what went wrong at a source. */
export type SourceIssue =
  | 'incomplete'
  | 'timeout'
  | 'transient'
  | 'throttled'
  | 'forbidden'
  | 'not-found'
  | 'exception'
  | 'structure'
  | 'security'
  | 'too-long'
  | 'multiple-matches'
  | 'not-supported'
  | 'suppressed'

export type SourceState = 'ok' | 'partial' | 'failed' | 'not-linked' | 'not-asked' | 'skipped' | 'denied' | 'cancelled'

/** What one hospital contributed, told apart as in the table of partial failure. */
export interface SourceResult {
  readonly source: string
  readonly state: SourceState
  readonly elapsedMs: number
  readonly found: readonly Found[]
  /** The same matches by the pages of the hospital's answer. */
  readonly pages?: readonly SourcePage[] | undefined
  /** The person's logical id there, where it became known. */
  readonly patientId?: string | undefined
  /** Matches that are not shown for what they are about, by the decision on access. */
  readonly withheld?: number | undefined
  /** Matches that the hospital says it has; at least those found. */
  readonly total: number
  /** Referenced resources that were asked for along with the matches. */
  readonly included: readonly Found[]
  readonly issue?: { readonly code: SourceIssue; readonly text: string } | undefined
  readonly retryAfterS?: number | undefined
}
