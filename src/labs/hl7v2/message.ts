/** Field -> repetition -> component -> subcomponent, with escapes resolved. Positions are those of the standard less one. */
export interface Segment {
  readonly name: string
  readonly fields: readonly (readonly (readonly (readonly string[])[])[])[]
}

export interface Message {
  readonly delimiters: Delimiters
  readonly segments: readonly Segment[]
}

export interface Delimiters {
  readonly field: string
  readonly component: string
  readonly repetition: string
  readonly escape: string
  readonly subcomponent: string
}

export type ParseFault = 'no-header' | 'delimiters' | 'segment-name' | 'too-many-segments' | 'too-many-fields'

/** More than any laboratory sends, and few enough to be looked at one by one. */
const MAX_SEGMENTS = 5_000
const MAX_FIELDS = 200
const MAX_PARTS = 1_000

const NAME = /^[A-Z][A-Z0-9]{2}$/

/**
 * Reads the text of an HL7 v2 message (chapter 2 of the standard, "delimiters" and "escape sequences"). Segments end with
 * CR; LF and CRLF, which editors and some senders make of it, are taken as well.
 */
export function parseMessage(text: string): Message | ParseFault {
  const delimiters = readDelimiters(text)
  if (typeof delimiters === 'string') return delimiters
  const lines = text.split(/\r\n|\r|\n/, MAX_SEGMENTS + 2).filter((line) => line.trim() !== '')
  if (lines.length > MAX_SEGMENTS) return 'too-many-segments'
  const segments: Segment[] = []
  for (const line of lines) {
    const segment = parseSegment(line, delimiters)
    if (typeof segment === 'string') return segment
    segments.push(segment)
  }
  return { delimiters, segments }
}

/** MSH-1 and MSH-2 say what separates the rest. */
export function readDelimiters(text: string): Delimiters | ParseFault {
  if (!text.startsWith('MSH')) return 'no-header'
  const [field = '', component = '', repetition = '', escape = '', subcomponent = ''] = text.slice(3, 8)
  const all = [field, component, repetition, escape, subcomponent]
  const usable = all.every((one) => /^[\x21-\x7e]$/.test(one) && !/[A-Za-z0-9]/.test(one))
  // From version 2.7 on a sixth one for truncation may follow.
  const ends = text[8] === field || text[9] === field
  if (!usable || new Set(all).size < all.length || !ends) return 'delimiters'
  return { field, component, repetition, escape, subcomponent }
}

function parseSegment(line: string, delimiters: Delimiters): Segment | ParseFault {
  const name = line.slice(0, 3)
  if (!NAME.test(name) || (line.length > 3 && line[3] !== delimiters.field)) return 'segment-name'
  const parts = line.split(delimiters.field, MAX_FIELDS + 2)
  if (parts.length > MAX_FIELDS) return 'too-many-fields'
  // MSH-1 is the separator itself; MSH-2 is not to be taken apart.
  const head = name === 'MSH' ? [[[[delimiters.field]]], [[[parts[1] ?? '']]]] : []
  const rest = parts.slice(name === 'MSH' ? 2 : 1).map((part) => parseField(part, delimiters))
  if (rest.some((repetitions) => repetitions.length > MAX_PARTS)) return 'too-many-fields'
  return { name, fields: [...head, ...rest] }
}

function parseField(text: string, delimiters: Delimiters): string[][][] {
  if (text === '') return []
  return text
    .split(delimiters.repetition, MAX_PARTS + 1)
    .map((repetition) =>
      repetition
        .split(delimiters.component, MAX_PARTS)
        .map((component) =>
          component.split(delimiters.subcomponent, MAX_PARTS).map((part) => unescape(part, delimiters)),
        ),
    )
}

/**
 * Resolves escapes of text: the five delimiters, line breaks and highlighting. Bytes in hexadecimal are taken where they
 * are ASCII, since for others the standard leaves open which character set they are in; what is unknown stays as written.
 */
function unescape(text: string, { escape, field, component, repetition, subcomponent }: Delimiters): string {
  if (!text.includes(escape)) return text
  const known: Readonly<Record<string, string>> = {
    F: field,
    S: component,
    T: subcomponent,
    R: repetition,
    E: escape,
    '.br': '\n',
    '.sp': '\n',
    H: '',
    N: '',
  }
  let out = ''
  let at = 0
  while (at < text.length) {
    const start = text.indexOf(escape, at)
    const end = start === -1 ? -1 : text.indexOf(escape, start + 1)
    if (end === -1) return out + text.slice(at)
    out += text.slice(at, start)
    const sequence = text.slice(start + 1, end)
    const resolved = Object.hasOwn(known, sequence) ? known[sequence] : hexadecimal(sequence)
    if (resolved === undefined) {
      // No sequence: the character stands for itself, and the next one may begin a sequence.
      out += escape + sequence
      at = end
    } else {
      out += resolved
      at = end + 1
    }
  }
  return out
}

function hexadecimal(sequence: string): string | undefined {
  if (!/^X(?:[0-7][0-9A-Fa-f])+$/.test(sequence)) return undefined
  const text = Buffer.from(sequence.slice(1), 'hex').toString('latin1')
  // A control character cannot be stored, and means nothing in a value.
  return text.replaceAll('\r', '\n').replaceAll(/[^\n\x20-\x7e]/g, '')
}

/** First component of a field's first repetition, or the named one; undefined where it is empty. */
export function valueOf(segment: Segment | undefined, field: number, component = 1): string | undefined {
  return textOf(segment?.fields[field - 1]?.[0]?.[component - 1])
}

/** `""` in HL7 says "delete"; of a result it says that there is nothing. */
export function textOf(component: readonly string[] | undefined): string | undefined {
  const text = component?.[0]?.trim()
  return text === undefined || text === '' || text === '""' ? undefined : text
}

/** All text of a field, its parts put together again: of a free text a delimiter may be a part. */
export function wholeText(
  segment: Segment,
  field: number,
  { component, subcomponent }: Delimiters,
): string | undefined {
  const repetitions = segment.fields[field - 1] ?? []
  const text = repetitions
    .map((parts) => parts.map((part) => part.join(subcomponent)).join(component))
    .join('\n')
    .trim()
  return text === '' || text === '""' ? undefined : text
}
