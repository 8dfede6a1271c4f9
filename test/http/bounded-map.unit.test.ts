import { describe, expect, it } from 'vitest'
import { createBoundedMap } from '../../src/http/bounded-map.ts'

describe('a bounded map', () => {
  it('forgets the entry that came first, and no other, however long it runs', () => {
    const map = createBoundedMap<number>(100)
    for (let at = 0; at < 5_000; at++) {
      map.set(`k${at}`, at)
      if (at >= 100) expect(map.get(`k${at - 100}`)).toBeUndefined()
      expect(map.get(`k${Math.max(0, at - 99)}`)).toBe(Math.max(0, at - 99))
    }
  })

  it('forgets nothing for an entry that is set again', () => {
    const map = createBoundedMap<number>(2)
    map.set('a', 1)
    map.set('b', 2)
    for (let at = 0; at < 10; at++) map.set('b', at)
    expect(map.get('a')).toBe(1)
    map.set('c', 3)
    expect([map.get('a'), map.get('b'), map.get('c')]).toEqual([undefined, 9, 3])
  })

  it('begins anew when it is emptied', () => {
    const map = createBoundedMap<number>(2)
    for (const key of ['a', 'b', 'c']) map.set(key, 1)
    map.clear()
    for (const key of ['d', 'e', 'f']) map.set(key, 2)
    expect(['a', 'b', 'c', 'd', 'e', 'f'].map(map.get)).toEqual([undefined, undefined, undefined, undefined, 2, 2])
  })
})
