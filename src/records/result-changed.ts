/**
 * Topic of the outbox event "a hospital says that a result of its own changed": written where such news comes in, heard
 * by whoever used the result. Payload: personId, institution, resourceType, resourceId.
 */
export const RESULT_CHANGED = 'records.result-changed'
