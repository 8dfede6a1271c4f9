/** A figure of policy that bounds what may be sent, with the days on which it holds. */
export interface LimitRow {
  readonly item: 'backdate_hours'
  readonly value: number
  readonly effectiveFrom: string
  /** Last day in force; null = open. */
  readonly effectiveTo: string | null
}

export interface Limits {
  /** How long before now a settlement may be dated, by the policy of `date`; undefined where no figure is in force. */
  backdateHours(date: string): number | undefined
}

export const createLimits = (rows: readonly LimitRow[]): Limits => ({
  backdateHours(date) {
    const inForce = rows.filter(
      (row) =>
        row.item === 'backdate_hours' &&
        row.effectiveFrom <= date &&
        (row.effectiveTo === null || date <= row.effectiveTo),
    )
    // Of two that overlap the later one replaces the earlier.
    return inForce.toSorted((a, b) => (a.effectiveFrom < b.effectiveFrom ? 1 : -1))[0]?.value
  },
})
