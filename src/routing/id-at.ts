import { newId } from '../kernel/ids.ts'

/** A UUIDv7 of a moment of our clock: lists and pruning go by ids, and the clock decides the time everywhere. */
export function idAt(at: Date): string {
  return `${firstIdAt(at).slice(0, 13)}${newId<'message'>().slice(13)}`
}

/** The smallest id of a moment: ids of that moment or later are not below it. */
export function firstIdAt(at: Date): string {
  const hex = Math.max(0, at.getTime()).toString(16).padStart(12, '0')
  return `${hex.slice(0, 8)}-${hex.slice(8, 12)}-0000-0000-000000000000`
}
