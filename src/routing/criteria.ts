import type { FieldError } from '../kernel/errors.ts'
import { isUuid } from '../kernel/ids.ts'
import { RECORD_TYPES } from '../records/index.ts'

export interface Criteria {
  readonly resourceType: string
  readonly personId: string
  /** One spelling for one wish. */
  readonly normal: string
}

/**
 * `TYPE?patient=ID`, with our person id, and nothing else: what is not understood must not be ignored, and who asks for
 * everybody's results has no business here.
 */
export function readCriteria(text: string): Criteria | FieldError {
  const pointer = 'Subscription.criteria'
  const mark = text.indexOf('?')
  const resourceType = text.slice(0, Math.max(mark, 0))
  if (!(RECORD_TYPES as readonly string[]).includes(resourceType)) {
    return { pointer, detail: `must begin with one of ${RECORD_TYPES.join(', ')}, then ?patient=ID` }
  }
  const match = /^patient=(?:Patient\/)?([0-9a-f-]{36})$/.exec(text.slice(mark + 1))
  const personId = match?.[1]
  if (personId === undefined || !isUuid(personId)) {
    return { pointer, detail: 'has patient=ID as its only parameter, with our person id' }
  }
  return { resourceType, personId, normal: `${resourceType}?patient=${personId}` }
}
