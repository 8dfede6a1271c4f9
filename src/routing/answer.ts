import { randomUUID } from 'node:crypto'
import { EVENT_SYSTEM } from './types.ts'

const MESSAGE_SYSTEM = 'urn:yimatong:routing:message'

/**
 * The response message: the hub has the message and will deliver it. Written once and stored; it names ids only.
 *
 * @param rowId id of the message in the hub's log, under which both sides can ask for it
 */
export function writeAnswer(of: {
  readonly rowId: string
  readonly messageId: string
  readonly event: string
  readonly at: Date
  readonly base: string
}): string {
  const headerId = randomUUID()
  const mark = of.event.lastIndexOf('|')
  return JSON.stringify({
    resourceType: 'Bundle',
    id: randomUUID(),
    identifier: { system: MESSAGE_SYSTEM, value: of.rowId },
    type: 'message',
    timestamp: of.at.toISOString(),
    entry: [
      {
        fullUrl: `urn:uuid:${headerId}`,
        resource: {
          resourceType: 'MessageHeader',
          id: headerId,
          ...(mark > 0
            ? { eventCoding: { system: of.event.slice(0, mark), code: of.event.slice(mark + 1) } }
            : of.event.includes(':')
              ? { eventUri: of.event }
              : { eventCoding: { system: EVENT_SYSTEM, code: of.event } }),
          source: { name: 'Yimatong', endpoint: of.base },
          response: { identifier: of.messageId, code: 'ok' },
        },
      },
    ],
  })
}
