import type { IdentifierType } from '../people/index.ts'

/** 0 urgent, 1 soon, 2 routine. */
export type Rank = 0 | 1 | 2
export const ROUTINE: Rank = 2

/** Sender of the hub's own messages. */
export const HUB = 'hub'

/** Coding system of the hub's own events; theirs stand bare, others with their system. */
export const EVENT_SYSTEM = 'urn:yimatong:event'
/** A hospital tells that it holds new results: feeds the locator and the subscriptions, and needs no destination. */
export const RESULT_AVAILABLE = 'result-available'
/** The same, of a result that was there before and has changed. */
export const RESULT_CORRECTED = 'result-corrected'

/** How a message names its patient. */
export interface PatientNamed {
  /** Our own person id. */
  readonly personId?: string | undefined
  readonly identifiers: readonly { readonly type: IdentifierType; readonly value: string }[]
  /** What the sender calls the patient, where it says nothing else. */
  readonly local?: string | undefined
}

/** What a message says of itself. */
export interface MessageFacts {
  /** MessageHeader.id. */
  readonly messageId: string
  /** Bundle.id. */
  readonly bundleId: string
  readonly event: string
  readonly sentAt: Date
  /** Institution that the header names as its sender, where it names one. */
  readonly sender: string | undefined
  readonly rank: Rank | undefined
  /** Institution codes; undefined for a destination that names none. */
  readonly destinations: readonly (string | undefined)[]
  readonly patient: PatientNamed | undefined
  /** What stands in the focus. */
  readonly focus: readonly { readonly type: string; readonly id: string | undefined }[]
}

/** The figures in force for one event (a row of `routing_channel`). */
export interface Channel {
  readonly event: string
  readonly effectiveFrom: Date
  readonly maxBodyBytes: number
  readonly maxAttempts: number
  readonly maxAgeMs: number
  readonly backoffBaseMs: number
  readonly backoffCapMs: number
  readonly deadlineMs: number
  readonly retryUnknown: boolean
  readonly deadBlocks: boolean
  readonly bodyDays: number
  readonly logDays: number
  /** Purpose of use that messages of the event serve: what the person said about it decides whether they are delivered. */
  readonly purpose: string
}

/** An additional destination of an event (a row of `routing_rule`). */
export interface RouteRule {
  readonly event: string
  readonly sender: string
  readonly destination: string
  readonly rank: Rank | null
  readonly validFrom: string
  readonly validTo: string | null
}

export interface Destination {
  readonly code: string
  readonly kind: 'hospital' | 'webhook' | 'subscription'
  readonly institution: string
  readonly url: string | null
  readonly secret: Uint8Array | null
  readonly concurrency: number
  readonly pausedAt: Date | null
  readonly changeNo: bigint
}

/** Why an attempt was not the end. `unknown`: nobody knows whether the message arrived. `stopped`: it must not be sent. */
export type FailureClass = 'retry' | 'unknown' | 'final' | 'stopped'

/** What one attempt to deliver came to. Reasons are codes of ours; a peer's own words are not kept. */
export type Attempt =
  | { readonly delivered: true; readonly status: number }
  | {
      readonly delivered: false
      readonly failure: FailureClass
      readonly reason: string
      readonly status?: number | undefined
      readonly retryAfterS?: number | undefined
    }

/** What becomes of a delivery after an attempt. */
export type Verdict =
  | { readonly state: 'delivered' }
  | { readonly state: 'waiting'; readonly nextAt: Date; readonly reason: string }
  | { readonly state: 'cancelled'; readonly reason: string }
  | { readonly state: 'dead'; readonly reason: string; readonly blocks: boolean }
