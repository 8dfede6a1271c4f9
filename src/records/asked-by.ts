import type { AskedBy } from '../people/index.ts'
import type { Reader } from './types.ts'

/** The reader as the person index names who asks. */
export const askedBy = (by: Reader): AskedBy => ({
  clientId: by.clientId,
  org: by.institution,
  role: by.role,
  requestId: by.requestId,
  sourceAddress: by.sourceAddress,
})
