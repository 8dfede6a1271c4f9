import { X509Certificate } from 'node:crypto'
import { join } from 'node:path'
import { isCborMap, readCbor } from '../../kernel/cbor.ts'
import { readDcc, unwrapDcc } from '../dcc/read-dcc.ts'
import { createForeignTrust } from '../lists/create-trust.ts'
import type { ForeignTrust } from '../trust.ts'
import { readJson } from './files.ts'
import { readQrPicture } from './picture.ts'
import type { VectorResult } from './report.ts'

interface Vector {
  readonly file: string
  readonly expected: string
  readonly expectedResults: { readonly PICTUREDECODE?: boolean }
  readonly validationClock: string
}

/** A file of the EU's test data. */
interface VectorFile {
  readonly PREFIX: string
  /** QR picture in base64. */
  readonly '2DCODE'?: string
  readonly TESTCTX: { readonly CERTIFICATE: string }
}

/** Runs `index.json` of a folder with EU certificates: the text, and the picture where the entry speaks of it. */
export async function runDccVectors(dir: string): Promise<readonly VectorResult[]> {
  const index = await readJson<{ readonly vectors: readonly Vector[] }>(join(dir, 'index.json'))
  const results: VectorResult[] = []
  for (const vector of index.vectors) {
    const file = await readJson<VectorFile>(join(dir, vector.file))
    const codes = await judge(vector, file)
    results.push({ name: vector.file, expected: vector.expected, got: codes.length === 0 ? 'valid' : 'invalid', codes })
  }
  return results
}

async function judge(vector: Vector, file: VectorFile): Promise<readonly string[]> {
  const texts = [file.PREFIX]
  const picture = file['2DCODE']
  if (vector.expectedResults.PICTUREDECODE !== undefined && picture !== undefined) {
    const read = await readQrPicture(Buffer.from(picture, 'base64'))
    if (read === undefined) return ['no QR code to be read']
    texts.push(read.text)
  }
  const context = { nowMs: readClock(vector.validationClock), clockSkewS: 0 }
  return texts.flatMap((text) => {
    const verdict = readDcc(trustFor(file, text), text, context)
    return verdict.verdict === 'accepted' ? [] : verdict.reasons.map(({ code }) => code)
  })
}

/**
 * The trust list holds the file's certificate alone. Its country is the one in its name; test certificates without one
 * speak for the country that the code names.
 */
function trustFor(file: VectorFile, text: string): ForeignTrust {
  const der = file.TESTCTX.CERTIFICATE
  const named = /(?:^|\n)C=([A-Z]{2})(?:\n|$)/.exec(new X509Certificate(Buffer.from(der, 'base64')).subject)?.[1]
  const certificates = [{ country: named ?? countryNamedBy(text) ?? 'EU', der }]
  return createForeignTrust({ dcc: { ...HEAD, certificates } })
}

const HEAD = {
  format: 'dcc',
  version: 1,
  source: 'test vectors',
  issuedAt: '2020-01-01T00:00:00Z',
  validUntil: '9999-12-31T00:00:00Z',
}

/** Claim 1 of the CWT, without its being verified. */
function countryNamedBy(text: string): string | undefined {
  const payload = readCbor(unwrapDcc(text)?.payload ?? new Uint8Array(0))?.value
  const iss = isCborMap(payload) ? payload.get(1) : undefined
  return typeof iss === 'string' && /^[A-Z]{2}$/.test(iss) ? iss : undefined
}

/** Clocks without a zone are taken as UTC; one country writes its offset without a colon. */
function readClock(text: string): number {
  const zoned = /(?:Z|[+-]\d{2}:?\d{2})$/.test(text) ? text : `${text}Z`
  const at = Date.parse(zoned.replace(/([+-]\d{2})(\d{2})$/, '$1:$2'))
  if (Number.isNaN(at)) throw new TypeError(`not an instant: ${text}`)
  return at
}
