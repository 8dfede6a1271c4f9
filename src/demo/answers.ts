/*
 * The parts of the API's answers that the story looks at; amounts are decimal strings, as they travel.
 */

export interface Reason {
  readonly code: string
  readonly zh: string
  readonly en: string
}

export interface IssuedAnswer {
  readonly cardId: string
  readonly card: string
  readonly expiresAt: string
}

export interface VerdictAnswer {
  readonly verdict: 'accepted' | 'refused'
  readonly reasons: readonly Reason[]
  readonly cardId?: string
  readonly holder?: { readonly personId: string; readonly maskedName?: string; readonly insuredCity: string | null }
  readonly freshness: { readonly state: string; readonly statusAgeMs: number }
}

export interface PeopleAnswer {
  readonly people: readonly { readonly personId: string; readonly maskedName: string }[]
}

export interface Outcome {
  readonly resourceType: 'OperationOutcome'
  readonly issue: readonly {
    readonly severity: string
    readonly code: string
    readonly details?: { readonly text?: string; readonly coding?: readonly { readonly code?: string }[] }
    readonly diagnostics?: string
  }[]
}

export interface LabResult {
  readonly resourceType: 'Observation' | 'DiagnosticReport'
  readonly id: string
  readonly status: string
  readonly meta: { readonly source: string }
  readonly code: {
    readonly text?: string
    readonly coding?: readonly { readonly system?: string; readonly code?: string }[]
  }
  readonly effectiveDateTime?: string
  readonly result?: readonly { readonly reference?: string }[]
  readonly valueQuantity?: { readonly value: number; readonly unit: string }
}

export interface BundleAnswer {
  readonly type: string
  readonly total: number
  readonly entry?: readonly {
    readonly resource: LabResult | Outcome
    readonly search: { readonly mode: 'match' | 'outcome' }
  }[]
}

/** Fields of setlinfo in the words of the national interface. */
export interface SettlementInfo {
  readonly setl_id: string
  readonly setl_time: string
  readonly fixmedins_code: string
  readonly clr_type: string
  readonly window: string
  readonly insuplc_admdvs: string
  readonly mdtrtarea_admvs: string
  readonly insutype: string
  readonly medfee_sumamt: string
  readonly inscp_scp_amt: string
  readonly act_pay_dedc: string
  readonly hifp_pay: string
  readonly pool_prop_selfpay: string
  readonly fund_pay_sumamt: string
  readonly psn_part_amt: string
  readonly acct_pay: string
  readonly psn_cash_pay: string
  readonly balc: string
}

export interface ClaimAnswer {
  readonly claim_id: string
  readonly state: 'pending' | 'settled' | 'refused'
  readonly reasons: readonly { readonly code: string; readonly detail: string }[]
  readonly setlinfo?: SettlementInfo
  readonly reversal?: { readonly setl_id: string }
  readonly needs_resettle?: { readonly overpaid_amt: string; readonly because_of: string }
}

export interface ReversalAnswer {
  readonly init_setl_id: string
  readonly setlinfo: SettlementInfo
}

export interface EntriesAnswer {
  /** City whose book it is. */
  readonly book: string
  readonly journals: readonly {
    readonly setl_id: string
    readonly kind: 'settlement' | 'reversal'
    readonly entries: readonly { readonly account: string; readonly amount: string }[]
  }[]
}

export interface DecisionsAnswer {
  readonly decisions: readonly {
    readonly resource: string
    readonly item: { readonly code: string; readonly name: string } | null
    readonly outcome: string
    readonly reason: Reason | null
    readonly hits: readonly Reason[]
    readonly mark: { readonly label: string } | null
    readonly validUntil: string | null
  }[]
}

export interface RecognitionAnswer {
  readonly recognised: boolean
  readonly reasons: readonly Reason[]
}

export interface Sums {
  readonly medfee_sumamt: string
  readonly fund_pay_sumamt: string
  readonly acct_pay: string
  readonly fixmedins_setl_cnt: number
}

export interface TotalsAnswer {
  readonly groups: readonly (Sums & { readonly insutype: string; readonly clr_type: string })[]
}

export interface StatementAnswer {
  readonly result: 'equal' | 'unequal'
  readonly groups: readonly { readonly sent: Sums; readonly center: Sums; readonly difference: Sums }[]
  readonly differences: readonly {
    readonly class: string
    readonly setl_id: string
    readonly sent?: Omit<Sums, 'fixmedins_setl_cnt'>
    readonly center?: Omit<Sums, 'fixmedins_setl_cnt'>
    readonly next_step: string
  }[]
}

export interface PositionsAnswer {
  readonly month: string
  readonly pairs: readonly { readonly payer: string; readonly payee: string; readonly gross_amt: string }[]
  readonly cities: readonly { readonly city: string; readonly net_amt: string }[]
  readonly proof?: {
    readonly balanced: boolean
    readonly due_to_amt: string
    readonly due_from_amt: string
    readonly counted_amt: string
  }
}

export interface OrderAnswer {
  readonly items: readonly {
    readonly asked: { readonly code: string }
    readonly item: { readonly name: string } | null
    readonly verdict: string
    readonly found: readonly {
      readonly issuer: { readonly name: string | null }
      readonly report: { readonly reference: string }
      readonly testedOn: string | null
      readonly validUntil: string | null
    }[]
  }[]
  readonly validResults: number
  readonly complete: boolean
}

export interface ConsentPolicyAnswer {
  readonly notices: readonly {
    readonly notice: string
    readonly version: number
    readonly hash: string
    readonly language: string
    readonly purpose: string
    readonly sensitive: boolean
  }[]
}

export interface ConsentAnswer {
  readonly consentId: string
}

export interface MessagesAnswer {
  readonly messages: readonly {
    readonly messageId: string | null
    readonly deliveries: readonly { readonly state: string }[]
  }[]
}
