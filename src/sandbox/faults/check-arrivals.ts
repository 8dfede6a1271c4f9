/** A message that the hub has said it has. */
export interface AcceptedMessage {
  readonly messageId: string
  readonly destination: string
  readonly patient: string
}

/** What a hospital says came to it: in the order of the first receipt, and how often each. */
export interface Arrival {
  readonly messageId: string
  readonly times: number
}

export interface ArrivalVerdict {
  readonly lost: readonly string[]
  /** Messages that came before one of the same patient that was accepted earlier. */
  readonly outOfOrder: readonly string[]
  /** What nobody was told is accepted, and yet came: its sender had no answer before it was killed. */
  readonly unknown: number
  /** Receipts beyond the first, which the receiver knew by the key and dropped. */
  readonly repeats: number
}

/** Compares what was accepted, in the order of acceptance per patient, with what arrived at one destination. */
export function checkArrivals(accepted: readonly AcceptedMessage[], arrivals: readonly Arrival[]): ArrivalVerdict {
  const place = new Map(arrivals.map((one, index) => [one.messageId, index]))
  const lost = accepted.filter((one) => !place.has(one.messageId)).map((one) => one.messageId)
  const outOfOrder: string[] = []
  for (const ofPatient of Map.groupBy(accepted, (one) => one.patient).values()) {
    let latest = -1
    for (const { messageId } of ofPatient) {
      const at = place.get(messageId)
      if (at === undefined) continue
      if (at < latest) outOfOrder.push(messageId)
      latest = Math.max(latest, at)
    }
  }
  const known = new Set(accepted.map((one) => one.messageId))
  return {
    lost,
    outOfOrder,
    unknown: arrivals.filter((one) => !known.has(one.messageId)).length,
    repeats: arrivals.reduce((sum, one) => sum + one.times - 1, 0),
  }
}
