import { SaxesParser } from 'saxes'

/** An element as far as a document of this kind needs it: names without prefix, of HL7's namespace only. */
export interface Element {
  readonly name: string
  readonly attributes: Readonly<Record<string, string>>
  readonly children: readonly Element[]
  readonly text: string
}

export type XmlFault = 'not-well-formed' | 'doctype' | 'too-deep' | 'too-many-elements' | 'namespace' | 'charset'

const MAX_DEPTH = 60
const MAX_ELEMENTS = 50_000

/** Namespace of CDA R2. */
const V3 = 'urn:hl7-org:v3'

class Stop extends Error {
  readonly fault: XmlFault
  constructor(fault: XmlFault) {
    super(fault)
    this.name = 'Stop'
    this.fault = fault
  }
}

interface Building {
  readonly name: string
  readonly attributes: Record<string, string>
  readonly children: Building[]
  text: string
}

/**
 * Reads a document into a tree. A document type ends the reading at once: without one there is no entity beyond the five
 * of XML, so nothing can be fetched and nothing can grow. Depth and number of elements are bounded while it is read.
 */
export function parseXml(bytes: Uint8Array): Element | XmlFault {
  const text = decodeXml(bytes)
  if (text === undefined) return 'charset'
  const parser = new SaxesParser({ xmlns: true, position: false })
  const open: Building[] = []
  let root: Building | undefined
  let elements = 0
  parser.on('error', () => {
    throw new Stop('not-well-formed')
  })
  parser.on('doctype', () => {
    throw new Stop('doctype')
  })
  parser.on('opentag', (tag) => {
    elements += 1
    if (elements > MAX_ELEMENTS) throw new Stop('too-many-elements')
    if (open.length >= MAX_DEPTH) throw new Stop('too-deep')
    // What is of another namespace is an extension that nobody has agreed on: it keeps its place and is not found by name.
    const name = tag.uri === V3 ? tag.local : `{${tag.uri}}${tag.local}`
    const attributes: Record<string, string> = {}
    for (const attribute of Object.values(tag.attributes)) {
      if (attribute.prefix === '' && attribute.local !== '') attributes[attribute.local] = attribute.value
      else if (attribute.uri === XSI && attribute.local === 'type') attributes['xsi:type'] = attribute.value
    }
    const element: Building = { name, attributes, children: [], text: '' }
    if (open.length === 0) root = element
    else open.at(-1)?.children.push(element)
    open.push(element)
  })
  const addText = (part: string): void => {
    const current = open.at(-1)
    if (current !== undefined) current.text += part
  }
  parser.on('text', addText)
  parser.on('cdata', addText)
  parser.on('closetag', () => {
    open.pop()
  })
  try {
    parser.write(text).close()
  } catch (error) {
    if (error instanceof Stop) return error.fault
    throw error
  }
  if (root === undefined) return 'not-well-formed'
  return root.name.startsWith('{') ? 'namespace' : root
}

const XSI = 'http://www.w3.org/2001/XMLSchema-instance'

/** UTF-8, or what the declaration names of the sets that Chinese systems write; a byte order mark is taken off. */
function decodeXml(bytes: Uint8Array): string | undefined {
  const start = Buffer.from(bytes.subarray(0, 200)).toString('latin1')
  const named = /^(?:\xef\xbb\xbf)?<\?xml[^>]{0,100}\sencoding\s*=\s*["']([A-Za-z0-9._-]{1,40})["']/.exec(start)?.[1]
  const charset = ENCODINGS[named?.toUpperCase() ?? 'UTF-8']
  if (charset === undefined) return undefined
  try {
    return new TextDecoder(charset, { fatal: true }).decode(bytes)
  } catch {
    return undefined
  }
}

const ENCODINGS: Readonly<Record<string, string>> = {
  'UTF-8': 'utf-8',
  'US-ASCII': 'utf-8',
  GB18030: 'gb18030',
  GBK: 'gb18030',
  GB2312: 'gb18030',
}

/** Children along a path of names, of every element on the way. */
export function findAll(element: Element, ...path: readonly string[]): readonly Element[] {
  let found: readonly Element[] = [element]
  for (const name of path) found = found.flatMap((one) => one.children.filter((child) => child.name === name))
  return found
}

export function findFirst(element: Element, ...path: readonly string[]): Element | undefined {
  return findAll(element, ...path)[0]
}

/** An attribute's or element's text; undefined where it is empty. */
export function filled(text: string | undefined): string | undefined {
  const trimmed = text?.trim()
  return trimmed === undefined || trimmed === '' ? undefined : trimmed
}
