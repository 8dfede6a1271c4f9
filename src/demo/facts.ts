import type { ClaimAnswer, EntriesAnswer, PositionsAnswer, Reason, SettlementInfo, StatementAnswer } from './answers.ts'
import type { Capture } from './capture.ts'
import type { Client } from './client.ts'
import type { ProviderBook } from './provider-book.ts'
import type { Stack } from './stack.ts'

/** What the story is told with. */
export interface Story {
  readonly api: Client
  readonly stack: Stack
  readonly capture: Capture
  readonly book: ProviderBook
  /** Filled step by step; later steps and the report read it. */
  readonly facts: Facts
}

/** One step: throws StoryBroken where something does not hold. */
export interface Step {
  readonly name: string
  readonly title: string
  readonly titleZh: string
  run(story: Story): Promise<StepResult>
}

export interface StepResult {
  /** What a person reads below the step. */
  readonly lines: readonly string[]
  /** What a program reads of it. */
  readonly figures: Readonly<Record<string, unknown>>
}

/** A step that has been told. */
export interface ToldStep {
  readonly name: string
  readonly title: string
  readonly titleZh: string
  readonly ok: boolean
  readonly ms: number
  readonly lines: readonly string[]
  readonly figures: Readonly<Record<string, unknown>>
}

export interface CardFact {
  readonly city: string
  readonly cardId: string
  readonly card: string
  readonly personId: string
  readonly expiresAt: string
}

export interface VerdictFact {
  readonly shown: string
  readonly shownZh: string
  readonly verdict: 'accepted' | 'refused'
  readonly reasons: readonly Reason[]
  readonly holder: string | undefined
  readonly ms: number
}

export interface SourceFact {
  readonly code: string
  readonly name: string
  readonly found: number
  readonly outcome: { readonly code: string; readonly severity: string; readonly text: string } | undefined
}

export interface SettledFact {
  readonly label: string
  readonly institution: string
  readonly claimId: string
  readonly info: SettlementInfo
  readonly ms: number
}

/** Where the time of one settlement went, in milliseconds from the arrival of the request. */
export interface PathFact {
  readonly clientMs: number
  readonly apiMs: number
  readonly jobStartMs: number
  readonly jobMs: number
}

export interface DecisionFact {
  readonly item: string
  readonly value: string
  readonly outcome: string
  readonly mark: string | undefined
  readonly validUntil: string | undefined
  readonly reasons: readonly Reason[]
}

export interface Facts {
  cards?: { readonly chengdu: CardFact; readonly deyang: CardFact; readonly lost: CardFact; readonly brief: CardFact }
  dynamicCode?: string
  verdicts?: readonly VerdictFact[]
  records?: {
    readonly sources: readonly SourceFact[]
    readonly ms: number
    readonly healthyMs: number
    readonly total: number
  }
  decisions?: { readonly issuer: string; readonly items: readonly DecisionFact[]; readonly ms: number }
  settled?: { readonly g9: SettledFact; readonly g10: SettledFact; readonly g10Bill: object; readonly g10Key: string }
  path?: PathFact
  burst?: {
    readonly claims: number
    readonly killedAfter: number
    readonly pendingAfterKill: number
    readonly restartMs: number
    readonly settled: number
    readonly replayed: number
  }
  pharmacies?: readonly {
    readonly name: string
    readonly code: string
    readonly recognised: boolean
    readonly reasons: readonly Reason[]
  }[]
  reversal?: { readonly info: SettlementInfo; readonly flagged: ClaimAnswer; readonly ms: number }
  /** G10 in the books of both cities. */
  entries?: readonly EntriesAnswer[]
  reconciliation?: { readonly planted: StatementAnswer; readonly rows: number }
  positions?: PositionsAnswer
  audit?: string
  privacy?: {
    readonly secrets: number
    readonly places: readonly { readonly place: string; readonly looked: number; readonly unit: string }[]
  }
}
