import type { AuditEvent } from './event.ts'

/** Place of an event in its order, and its request. */
type EventOccurrence = [order: number, requestId: string | null]

/** One thing that events of a group are about, and how often in a row. */
export type EventItem = [targetId: string | null, personRef: string | null, occurrences: EventOccurrence[]]

/** Events that differ in nothing but target, person and request. */
export interface EventGroup {
  readonly common: Omit<AuditEvent, 'targetId' | 'personRef' | 'requestId'>
  readonly items: EventItem[]
}

/**
 * Puts events together that have all else in common. A hospital's verifications of a tenth of a second are one group: their
 * common part is checked and sent once, and so is a card that is shown again and again.
 */
export function groupEvents(events: readonly AuditEvent[]): readonly EventGroup[] {
  const groups = new Map<string, EventGroup>()
  let before: { readonly event: AuditEvent; readonly group: EventGroup } | undefined
  for (let order = 0; order < events.length; order++) {
    const event = events[order] as AuditEvent
    const group = before !== undefined && isAlike(before.event, event) ? before.group : groupOf(groups, event)
    addTo(group.items, event, order)
    before = { event, group }
  }
  return [...groups.values()]
}

function groupOf(groups: Map<string, EventGroup>, event: AuditEvent): EventGroup {
  const key = keyOf(event)
  let group = groups.get(key)
  if (group === undefined) {
    const { targetId: _target, personRef: _person, requestId: _request, ...common } = event
    group = { common, items: [] }
    groups.set(key, group)
  }
  return group
}

/** True where all of the common part is the very same; most events follow one of their kind, and need no key made. */
function isAlike(one: AuditEvent, other: AuditEvent): boolean {
  return (
    one.actor === other.actor &&
    one.action === other.action &&
    one.result === other.result &&
    one.reasonCodes === other.reasonCodes &&
    one.purpose === other.purpose &&
    one.sourceAddress === other.sourceAddress &&
    one.actorOrg === other.actorOrg &&
    one.role === other.role &&
    one.targetType === other.targetType &&
    one.basis === other.basis &&
    one.onBehalfOf === other.onBehalfOf &&
    one.consentId === other.consentId &&
    one.orderId === other.orderId &&
    one.fieldsTouched === other.fieldsTouched
  )
}

function addTo(items: EventItem[], event: AuditEvent, order: number): void {
  const targetId = event.targetId ?? null
  const personRef = event.personRef ?? null
  const last = items.at(-1)
  const occurrence: EventOccurrence = [order, event.requestId ?? null]
  if (last !== undefined && last[0] === targetId && last[1] === personRef) last[2].push(occurrence)
  else items.push([targetId, personRef, [occurrence]])
}

/** No part contains a line feed (`checkGroup` refuses it), so two different events have different keys. */
function keyOf(event: AuditEvent): string {
  const { actor, actorOrg, role, onBehalfOf, action, targetType, purpose, basis, consentId, orderId } = event
  const { result, reasonCodes, sourceAddress, fieldsTouched } = event
  return `${actor}\n${actorOrg}\n${role}\n${onBehalfOf}\n${action}\n${targetType}\n${purpose}\n${basis}\n${consentId}\n${orderId}\n${result}\n${reasonCodes?.join(' ')}\n${sourceAddress}\n${fieldsTouched?.join(' ')}`
}
