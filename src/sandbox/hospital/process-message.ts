import { randomUUID } from 'node:crypto'
import { hospitalError } from './errors.ts'
import { isList, isObject, isText, type Json, type JsonObject } from './types.ts'

/** A message as this hospital first received it. */
export interface Received {
  /** Who sent it and under which id: a message is taken once under these. */
  readonly sender: string
  readonly messageId: string
  readonly event: string
  /** `Type/id` of the first thing that it is about. */
  readonly focus: string
  /** How often it came in all. */
  readonly times: number
}

export interface Inbox {
  /** Takes a message once and gives its response message; a repeat gets the same one. */
  take(bundle: Json): string
  /** In the order of the first receipt. */
  received(): readonly Received[]
}

interface Kept {
  readonly row: Omit<Received, 'times'>
  readonly answer: string
  times: number
}

/** What a receiver of R4 messages must do: know a repeat by the sender and MessageHeader.id, and answer it alike. */
export function createInbox(base: () => string): Inbox {
  const kept = new Map<string, Kept>()
  return {
    take(bundle) {
      const header = headerOf(bundle)
      const { id, focus } = header
      if (!isText(id)) throw hospitalError('bad-structure', { detail: 'MessageHeader.id is missing.' })
      const sender = senderOf(header)
      const key = `${sender} ${id}`
      const known = kept.get(key)
      if (known !== undefined) {
        known.times += 1
        return known.answer
      }
      const answer = JSON.stringify(answerTo(header, id, base()))
      const first = isList(focus) ? focus[0] : undefined
      const about = isObject(first) && isText(first['reference']) ? first['reference'] : ''
      kept.set(key, { row: { sender, messageId: id, event: eventOf(header), focus: about }, answer, times: 1 })
      return answer
    },
    received: () => [...kept.values()].map(({ row, times }) => ({ ...row, times })),
  }
}

function headerOf(bundle: Json): JsonObject {
  const entries = isObject(bundle) && bundle['type'] === 'message' && isList(bundle['entry']) ? bundle['entry'] : []
  const first = entries[0]
  const header = isObject(first) ? first['resource'] : undefined
  if (isObject(header) && header['resourceType'] === 'MessageHeader') return header
  throw hospitalError('bad-structure', { detail: 'A message bundle with its header first is expected.' })
}

function senderOf(header: JsonObject): string {
  const source = header['source']
  return isObject(source) && isText(source['endpoint']) ? source['endpoint'] : ''
}

function eventOf(header: JsonObject): string {
  const coding = header['eventCoding']
  const name = isObject(coding) ? coding['code'] : header['eventUri']
  return isText(name) ? name : ''
}

function answerTo(header: JsonObject, messageId: string, base: string): object {
  const id = randomUUID()
  const { eventCoding, eventUri } = header
  return {
    resourceType: 'Bundle',
    id: randomUUID(),
    type: 'message',
    entry: [
      {
        fullUrl: `urn:uuid:${id}`,
        resource: {
          resourceType: 'MessageHeader',
          id,
          ...(eventCoding === undefined ? { eventUri } : { eventCoding }),
          source: { endpoint: base },
          response: { identifier: messageId, code: 'ok' },
        },
      },
    ],
  }
}
