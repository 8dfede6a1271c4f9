import { randomUUIDv7 } from 'node:crypto'

declare const brand: unique symbol

/** A UUID that belongs to one kind of thing: a `Id<'person'>` does not pass where a `Id<'card'>` is wanted. */
export type Id<Kind extends string> = string & { readonly [brand]: Kind }

/** A new time-ordered id (UUIDv7, RFC 9562 §5.7): rows written together lie together in the index. */
export function newId<Kind extends string>(): Id<Kind> {
  return randomUUIDv7() as Id<Kind>
}

const UUID = /^[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}$/

export function isUuid(text: string): boolean {
  return UUID.test(text)
}
