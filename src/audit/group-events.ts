import type { AuditEvent } from './event.ts'

/** What single events of a group are about: place in their order, target, person, request. */
export type EventItem = [order: number, targetId: string | null, personRef: string | null, requestId: string | null]

/** Events that differ in nothing but those. */
export interface EventGroup {
  readonly common: Omit<AuditEvent, 'targetId' | 'personRef' | 'requestId'>
  readonly items: EventItem[]
}

/**
 * Puts events together that have all else in common. A hospital's verifications of a tenth of a second are one group: their
 * common part is checked and sent once.
 */
export function groupEvents(events: readonly AuditEvent[]): readonly EventGroup[] {
  const groups = new Map<string, EventGroup>()
  for (let order = 0; order < events.length; order++) {
    const event = events[order] as AuditEvent
    const key = keyOf(event)
    let group = groups.get(key)
    if (group === undefined) {
      const { targetId: _target, personRef: _person, requestId: _request, ...common } = event
      group = { common, items: [] }
      groups.set(key, group)
    }
    group.items.push([order, event.targetId ?? null, event.personRef ?? null, event.requestId ?? null])
  }
  return [...groups.values()]
}

/** No part contains a line feed (`checkGroup` refuses it), so two different events have different keys. */
function keyOf(event: AuditEvent): string {
  const { actor, actorOrg, role, onBehalfOf, action, targetType, purpose, basis, consentId, orderId } = event
  const { result, reasonCodes, sourceAddress, fieldsTouched } = event
  return `${actor}\n${actorOrg}\n${role}\n${onBehalfOf}\n${action}\n${targetType}\n${purpose}\n${basis}\n${consentId}\n${orderId}\n${result}\n${reasonCodes?.join(' ')}\n${sourceAddress}\n${fieldsTouched?.join(' ')}`
}
