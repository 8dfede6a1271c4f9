/** `refused` is an answer (no right, no consent); `failed` is a fault that left the request without one. */
export type AuditResult = 'allowed' | 'refused' | 'failed'

/**
 * One thing that somebody did or tried. References are opaque ids; names, identity numbers and clinical content
 * have no place here (`checkGroup` refuses what looks like them).
 */
export interface AuditEvent {
  /** Client or user id of who acted. */
  readonly actor: string
  readonly actorOrg: string
  readonly role: string
  readonly onBehalfOf?: string | undefined
  /** What was done, e.g. `records.read`, `people.unmask`, `settlement.reverse`. */
  readonly action: string
  readonly targetType: string
  readonly targetId?: string | undefined
  /** The person whose data it was: the internal person id, which says nothing outside this system. */
  readonly personRef?: string | undefined
  readonly purpose: string
  /** Legal ground, e.g. `treatment`, `consent`, `legal-duty`. */
  readonly basis: string
  readonly consentId?: string | undefined
  readonly orderId?: string | undefined
  readonly result: AuditResult
  readonly reasonCodes?: readonly string[] | undefined
  readonly sourceAddress?: string | undefined
  readonly requestId?: string | undefined
  /** Names of the fields shown or changed, never their values. */
  readonly fieldsTouched?: readonly string[] | undefined
}

/** What is hashed and exported: the event with its time and, once chained, its number. */
export type AuditRecord = {
  readonly seq: number
  readonly at: string
  readonly actor: string
  readonly actorOrg: string
  readonly role: string
  readonly onBehalfOf?: string
  readonly action: string
  readonly targetType: string
  readonly targetId?: string
  readonly personRef?: string
  readonly purpose: string
  readonly basis: string
  readonly consentId?: string
  readonly orderId?: string
  readonly result: string
  readonly reasonCodes: readonly string[]
  readonly sourceAddress?: string
  readonly requestId?: string
  readonly fieldsTouched: readonly string[]
}

/** Who acts through `node src/main.ts …`: whoever may log in where the hub runs. The machine knows which person that was. */
export const COMMAND_LINE = { actor: 'command-line', actorOrg: 'hub', role: 'operator' } as const
