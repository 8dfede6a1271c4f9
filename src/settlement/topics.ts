/** Appended in the transaction of the claims; carries their ids. */
export const CLAIM_SUBMITTED = 'settlement.claim-submitted'

/** Announced to the processes when claims were accepted, so that a worker need not wait for its job. */
export const SUBMITTED_NEWS = 'settlement.submitted'

/** Announced when claims have their answers, so that the callers need not look for them. */
export const ANSWERED_NEWS = 'settlement.answered'
