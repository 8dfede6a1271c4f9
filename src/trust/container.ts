import { createHash } from 'node:crypto'

/**
 * Form of a bundle: lines of text, each ended by a line feed. The first is the manifest, a compact JWS with name, length
 * and SHA-256 digest of each part; the parts follow in that order, one a line. So one signature covers everything, the
 * parts travel as they are (a status list keeps its own signature, JSON compresses well on the way), and a part cannot be
 * exchanged for another one that its issuer signed at another time.
 */
export interface Container {
  readonly manifest: string
  readonly parts: readonly Buffer[]
}

/** A part as the manifest names it. */
export interface PartEntry {
  readonly name: string
  readonly bytes: number
  /** base64url. */
  readonly sha256: string
}

export const MEDIA_TYPE = 'application/vnd.yimatong.trust-bundle'

/** 30 million cards and 20,000 institutions make some 20 MB. */
export const MAX_BUNDLE_BYTES = 128 * 1024 * 1024

const LINE_FEED = 0x0a
const MAX_PARTS = 64
const END = Buffer.from('\n')

export function writeContainer(manifest: string, parts: readonly Buffer[]): Buffer {
  return Buffer.concat([Buffer.from(manifest), END, ...parts.flatMap((part) => [part, END])])
}

/** Takes the lines apart; undefined where it has not the form. What they say is not looked at. */
export function readContainer(bytes: Buffer): Container | undefined {
  if (bytes.length > MAX_BUNDLE_BYTES) return undefined
  const lines: Buffer[] = []
  for (let from = 0; from < bytes.length; ) {
    const end = bytes.indexOf(LINE_FEED, from)
    if (end < 0 || lines.length > MAX_PARTS) return undefined
    lines.push(bytes.subarray(from, end))
    from = end + 1
  }
  const [manifest, ...parts] = lines
  return manifest === undefined ? undefined : { manifest: manifest.toString('latin1'), parts }
}

export function describePart(name: string, part: Buffer): PartEntry {
  return { name, bytes: part.length, sha256: createHash('sha256').update(part).digest('base64url') }
}

/** Whether these are the parts of the manifest, all of them, in its order. */
export function arePartsOf(entries: readonly PartEntry[], parts: readonly Buffer[]): boolean {
  return (
    entries.length === parts.length &&
    entries.every((entry, at) => {
      const part = parts[at]
      if (part === undefined || part.length !== entry.bytes) return false
      return describePart(entry.name, part).sha256 === entry.sha256
    })
  )
}
