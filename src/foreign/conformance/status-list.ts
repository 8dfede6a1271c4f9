import { createHash, createPublicKey, type JsonWebKeyInput, verify } from 'node:crypto'
import { join } from 'node:path'
import { isCborMap, readCbor } from '../../kernel/cbor.ts'
import { readCoseSign1 } from '../../kernel/cose.ts'
import {
  decodeStatusList,
  encodeStatusList,
  readStatusListToken,
  refetchAtMs,
  type StatusBits,
  type StatusList,
  type StatusListAnswer,
  statusAt,
} from '../../statuslist/index.ts'
import { readJson } from './files.ts'
import type { VectorResult } from './report.ts'

interface Encoding {
  readonly name: string
  readonly bits: StatusBits
  readonly entries: number
  readonly lst: string
  readonly cbor: string
  readonly inflatedSha256: string
  readonly allOthersAreZero: boolean
  readonly statuses: readonly (readonly [index: number, value: number])[]
}

interface Token {
  readonly name: string
  readonly format?: 'jwt' | 'cwt-hex'
  readonly value?: string
  /** Name of the vector whose value this one takes, at another time. */
  readonly sameAs?: string
  readonly expected: string
  readonly when?: string
  readonly expectedStatus?: number
  readonly claims?: { readonly sub: string }
}

interface TokenFile {
  readonly publicKey: JsonWebKeyInput['key'] & { readonly kid: string; readonly alg: string }
  readonly tokens: readonly Token[]
}

const MAX_BYTES = 4 * 1024 * 1024

/** Runs `encodings.json` and `tokens.json` of a folder. */
export async function runStatusListVectors(dir: string): Promise<readonly VectorResult[]> {
  const encodings = await readJson<{ readonly cases: readonly Encoding[] }>(join(dir, 'encodings.json'))
  const tokens = await readJson<TokenFile>(join(dir, 'tokens.json'))
  const results: VectorResult[] = []
  for (const one of encodings.cases) results.push(...(await runEncoding(one)))
  for (const one of tokens.tokens) results.push(await runToken(tokens, one))
  return results
}

/** As text, as CBOR, and written by us and read again. */
async function runEncoding(one: Encoding): Promise<readonly VectorResult[]> {
  const map = readCbor(Buffer.from(one.cbor, 'hex'))?.value
  const binary = isCborMap(map) && map.get('bits') === one.bits ? map.get('lst') : undefined
  const fromText = decodeStatusList(one.bits, one.lst, MAX_BYTES)
  const fromCbor = binary instanceof Uint8Array ? decodeStatusList(one.bits, binary, MAX_BYTES) : undefined
  const again = fromText && decodeStatusList(one.bits, await encodeStatusList(one.bits, fromText.bytes), MAX_BYTES)
  return [
    { form: 'lst', list: fromText },
    { form: 'cbor', list: fromCbor },
    { form: 'written again', list: again },
  ].map(({ form, list }) => {
    const codes = differences(one, list)
    const got = codes.length === 0 ? 'the statuses' : 'others'
    return { name: `${one.name} ${form}`, expected: 'the statuses', got, codes }
  })
}

function differences(one: Encoding, list: StatusList | undefined): readonly string[] {
  if (list === undefined) return ['malformed']
  const digest = createHash('sha256').update(list.bytes).digest('hex')
  const named = new Map(one.statuses)
  const wrong = one.statuses.filter(([index, value]) => statusAt(list, index) !== value)
  const others = one.allOthersAreZero ? Array.from({ length: list.size }, (_, index) => index) : []
  return [
    ...(digest === one.inflatedSha256 ? [] : ['other bytes']),
    ...wrong.map(([index]) => `index ${index} is ${String(statusAt(list, index))}`),
    ...others
      .filter((index) => !named.has(index) && statusAt(list, index) !== 0)
      .map((index) => `index ${index} is set`),
    ...(statusAt(list, one.entries) === undefined ? [] : ['an index outside the list has a status']),
  ]
}

async function runToken(file: TokenFile, one: Token): Promise<VectorResult> {
  const source = one.sameAs === undefined ? one : file.tokens.find(({ name }) => name === one.sameAs)
  if (source?.value === undefined) return { name: one.name, expected: one.expected, got: 'no value', codes: [] }
  if (one.expectedStatus !== undefined) return await runReference(file, one, source.value)
  const token = source.format === 'jwt' ? source.value : Buffer.from(source.value, 'hex')
  const atIat = await readList(file, token, LONG_AFTER_ANY_IAT_MS)
  if (!atIat.ok) return { name: one.name, expected: one.expected, got: 'invalid', codes: [atIat.reason] }
  const { claims } = atIat
  const fetchedMs = claims.iat * 1000
  // The file says in words when a vector is looked at.
  const afterExp = one.when?.startsWith('after exp') === true && claims.exp !== null
  const nowMs = afterExp
    ? (claims.exp ?? 0) * 1000 + 1000
    : one.when?.includes('ttl') === true
      ? refetchAtMs(claims, fetchedMs) + 1000
      : fetchedMs
  const answer = await readList(file, token, nowMs)
  const stale = answer.ok && nowMs > refetchAtMs(answer.claims, fetchedMs)
  return {
    name: one.name,
    expected: one.expected,
    got: answer.ok ? (stale ? 'valid, but fetch again' : 'valid') : 'invalid',
    codes: answer.ok ? [] : [answer.reason],
  }
}

/** Between `iat` and `exp` of the draft's examples: only to learn their claims. */
const LONG_AFTER_ANY_IAT_MS = 1_700_000_000_000

/** A card that names a place in a list: the list is the one among the vectors with that address. */
async function runReference(file: TokenFile, one: Token, hex: string): Promise<VectorResult> {
  const cose = readCoseSign1(Buffer.from(hex, 'hex'))
  const payload = cose && readCbor(cose.payload)?.value
  const status = isCborMap(payload) ? payload.get(STATUS_CLAIM) : undefined
  const place = isCborMap(status) ? status.get('status_list') : undefined
  const signed = cose !== undefined && verifyEs256(file, cose.signed, cose.signature)
  const expected = `status ${one.expectedStatus}`
  if (!signed || !isCborMap(place)) return { name: one.name, expected, got: 'invalid', codes: [] }
  const list = await findList(file, place.get('uri'))
  const idx = place.get('idx')
  const value = list?.ok === true && typeof idx === 'number' ? statusAt(list.list, idx) : undefined
  return { name: one.name, expected, got: `status ${String(value)}`, codes: [] }
}

/** The draft §6.3: claim `status` of a CWT. */
const STATUS_CLAIM = 65535

async function findList(file: TokenFile, uri: unknown): Promise<StatusListAnswer | undefined> {
  for (const { format, value } of file.tokens) {
    if (value === undefined) continue
    const token = format === 'jwt' ? value : Buffer.from(value, 'hex')
    const answer = await readList(file, token, LONG_AFTER_ANY_IAT_MS)
    if (answer.ok && answer.claims.sub === uri) return answer
  }
  return undefined
}

async function readList(file: TokenFile, token: string | Uint8Array, nowMs: number): Promise<StatusListAnswer> {
  return await readStatusListToken(token, {
    verify: (kid, signed, signature, alg) =>
      kid === file.publicKey.kid && alg === file.publicKey.alg ? verifyEs256(file, signed, signature) : undefined,
    // The examples are about one list; only the JWT ones say its address in clear.
    sub: file.tokens.find(({ claims }) => claims !== undefined)?.claims?.sub ?? '',
    nowMs,
    skewS: 0,
  })
}

function verifyEs256(file: TokenFile, signed: Uint8Array, signature: Uint8Array): boolean {
  const key = createPublicKey({ key: file.publicKey, format: 'jwk' })
  return verify('sha256', signed, { key, dsaEncoding: 'ieee-p1363' }, signature)
}
