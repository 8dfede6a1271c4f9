/**
 * Topic of the outbox event "what codes of a hospital mean has changed": whoever holds results under these codes reads
 * them anew. Payload: institution, at (the instant of the change, as `readChangedAt` takes it).
 */
export const MAPPINGS_CHANGED = 'mappings.changed'
