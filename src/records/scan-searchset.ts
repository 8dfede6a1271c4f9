import { MAX_JSON_DEPTH } from '../kernel/json-depth.ts'

/** From the first to behind the last character. */
export type Range = readonly [from: number, to: number]

/** Where in a searchset's text one entry's resource stands, and what of it may have to be changed. */
export interface Place {
  readonly resource: Range
  /** The value of `id` with its quotes. */
  readonly id: Range | undefined
  /** The object `meta`. */
  readonly meta: Range | undefined
  /** The value of `meta.source` with its quotes. */
  readonly metaSource: Range | undefined
  /** The list `meta.tag`. */
  readonly metaTag: Range | undefined
  /** Values, with their quotes, of every `reference` and `url` inside the resource, in the order of the text. */
  readonly addresses: readonly Range[]
  /** Members of all its objects, one that comes twice counted twice. */
  readonly members: number
}

/**
 * Goes once through the text of a searchset, one character a byte, and notes where the resources of `entry` stand; a
 * place per entry, undefined for an entry without a resource object. Undefined for a text nested deeper than FHIR needs.
 *
 * It ends for any text; what it found counts only for one that is JSON. What is found here is what a change is spliced into, so that everything
 * else goes on to the caller byte by byte and need not be written anew.
 */
export function scanSearchset(text: string): readonly (Place | undefined)[] | undefined {
  return createScanner(text).entries()
}

/** The same for the text of one resource. */
export function scanResource(text: string): Place {
  return createScanner(text).resource()
}

const QUOTE = 0x22
const LOWER_R = 0x72
const LOWER_U = 0x75
const COLON = 0x3a
const COMMA = 0x2c
const BACKSLASH = 0x5c
const OPEN_LIST = 0x5b
const CLOSE_LIST = 0x5d
const OPEN_OBJECT = 0x7b
const CLOSE_OBJECT = 0x7d

const isSpace = (code: number): boolean => code === 0x20 || (code >= 0x09 && code <= 0x0d)

/** Behind the quote that ends the string beginning at `from`. */
function endOfString(text: string, from: number): number {
  for (let at = from; ; ) {
    at = text.indexOf('"', at + 1)
    if (at < 0) return text.length
    if (text.charCodeAt(at - 1) !== BACKSLASH) return at + 1
    let backslashes = 1
    while (text.charCodeAt(at - 1 - backslashes) === BACKSLASH) backslashes++
    if (backslashes % 2 === 0) return at + 1
  }
}

class TooDeep extends Error {}

function createScanner(text: string) {
  let at = 0
  let depth = 0
  let members = 0
  let addresses: Range[] = []

  const space = (): void => {
    while (isSpace(text.charCodeAt(at))) at++
  }
  /** Steps behind the string that begins here. */
  const string = (): void => {
    at = endOfString(text, at)
  }
  const enter = (): void => {
    at++
    if (++depth > MAX_JSON_DEPTH) throw new TooDeep()
  }
  const leave = (): void => {
    at++
    depth--
  }
  const here = (): number => {
    space()
    return text.charCodeAt(at)
  }

  /** Calls `member` with the bounds of each name, standing before its value; it must step behind the value. */
  const object = (member: (from: number, to: number) => void): void => {
    enter()
    while (here() === QUOTE) {
      const from = at + 1
      string()
      const to = at - 1
      members++
      space()
      at++
      space()
      member(from, to)
      if (here() === COMMA) at++
    }
    leave()
  }
  const list = (element: () => void): void => {
    enter()
    while (here() !== CLOSE_LIST && at < text.length) {
      const before = at
      element()
      if (here() === COMMA) at++
      // Something that no list can hold: it is no JSON, and there is nothing to step behind.
      if (at === before) break
    }
    leave()
  }

  /** Steps behind any value without a call per level: what is not ours to read is most of the text. */
  const skip = (): void => {
    const limit = MAX_JSON_DEPTH - depth
    let level = 0
    let names = 0
    // A local place: this loop goes over nearly every character.
    let cursor = at
    for (;;) {
      const code = text.charCodeAt(cursor)
      if (code === QUOTE) {
        const from = cursor + 1
        cursor = endOfString(text, cursor)
        if (level === 0) break
        let next = text.charCodeAt(cursor)
        while (isSpace(next)) next = text.charCodeAt(++cursor)
        // Where a colon follows, it was a name.
        if (next !== COLON) continue
        cursor++
        names++
        const first = text.charCodeAt(from)
        if (first !== LOWER_R && first !== LOWER_U) continue
        if (text.startsWith('reference"', from) || text.startsWith('url"', from)) {
          while (isSpace(text.charCodeAt(cursor))) cursor++
          if (text.charCodeAt(cursor) !== QUOTE) continue
          const start = cursor
          cursor = endOfString(text, cursor)
          addresses.push([start, cursor])
        }
      } else if (code === OPEN_OBJECT || code === OPEN_LIST) {
        cursor++
        if (++level > limit) throw new TooDeep()
      } else if (code === CLOSE_OBJECT || code === CLOSE_LIST) {
        // At its own level a number or a word ends where its container does.
        if (level === 0) break
        cursor++
        if (--level === 0) break
      } else if (code === COMMA && level === 0) break
      else if (cursor++ >= text.length) break
    }
    at = cursor
    members += names
  }

  const isName = (name: string, from: number, to: number): boolean =>
    to - from === name.length && text.startsWith(name, from)
  /** Steps behind the value and tells where it stands. */
  const value = (): Range => {
    const from = at
    skip()
    return [from, at]
  }

  const resource = (): Place => {
    const from = at
    let id: Range | undefined
    let meta: Range | undefined
    let metaSource: Range | undefined
    let metaTag: Range | undefined
    members = 0
    addresses = []
    object((start, end) => {
      if (isName('id', start, end)) id = value()
      else if (isName('meta', start, end) && text.charCodeAt(at) === OPEN_OBJECT) {
        const begin = at
        object((nameFrom, nameTo) => {
          if (isName('source', nameFrom, nameTo)) metaSource = value()
          else if (isName('tag', nameFrom, nameTo) && text.charCodeAt(at) === OPEN_LIST) metaTag = value()
          else skip()
        })
        meta = [begin, at]
      } else skip()
    })
    return { resource: [from, at], id, meta, metaSource, metaTag, addresses, members }
  }

  const entry = (): Place | undefined => {
    let place: Place | undefined
    object((from, to) => {
      if (isName('resource', from, to) && text.charCodeAt(at) === OPEN_OBJECT) place = resource()
      else skip()
    })
    return place
  }

  return {
    resource,
    entries(): readonly (Place | undefined)[] | undefined {
      let places: (Place | undefined)[] = []
      try {
        space()
        object((from, to) => {
          if (!isName('entry', from, to) || text.charCodeAt(at) !== OPEN_LIST) return skip()
          places = []
          list(() => {
            if (text.charCodeAt(at) === OPEN_OBJECT) places.push(entry())
            else {
              skip()
              places.push(undefined)
            }
          })
        })
      } catch (error) {
        if (error instanceof TooDeep) return undefined
        throw error
      }
      return places
    },
  }
}
