/** A map that forgets the entry which came first when one more would be too many. */
interface BoundedMap<V> {
  get(key: string): V | undefined
  set(key: string, value: V): void
  clear(): void
}

/**
 * The iterator over the keys is kept: it stands behind the last one that was forgotten, so all that are there lie before
 * it. A new one for each entry would walk over everything deleted since the table was last rebuilt, and a flood of new
 * keys would cost a hundred times as much as it costs now.
 */
export function createBoundedMap<V>(limit: number): BoundedMap<V> {
  const map = new Map<string, V>()
  let oldest = map.keys()
  return {
    get: (key) => map.get(key),
    set(key, value) {
      if (map.size >= limit && !map.has(key)) {
        const first = oldest.next().value
        if (first !== undefined) map.delete(first)
      }
      map.set(key, value)
    },
    clear() {
      map.clear()
      oldest = map.keys()
    },
  }
}
