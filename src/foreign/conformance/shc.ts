import { readFile } from 'node:fs/promises'
import { join } from 'node:path'
import { parseStrictObject } from '../../kernel/strict-json.ts'
import { readBundle } from '../shc/bundle.ts'
import { readShcJws } from '../shc/jws.ts'
import { readShcKeySet } from '../shc/key-set.ts'
import { readShcPayload, reasonsOfTime } from '../shc/payload.ts'
import { findCards, isSignedBy, readShcCards } from '../shc/read-shc.ts'
import { readJson } from './files.ts'
import { followsImmunizationProfile } from './immunization-profile.ts'
import { readQrPicture } from './picture.ts'
import type { VectorResult } from './report.ts'
import { trustForVector } from './shc-trust.ts'

interface Vector {
  readonly file: string
  /** Which layer the file shows: picture, QR text, JWS, file, payload, bundle, key set, link. */
  readonly type: string
  readonly expected: string
  /** `inferred`: nobody's test says it; it is concluded from other vectors. */
  readonly basis: string
  readonly needs?: readonly string[]
  /** Parts of one card. */
  readonly group?: string
  readonly options?: { readonly profile?: string }
}

interface Index {
  /** Seconds since 1970. */
  readonly validationTime: number
  readonly issuer: string
  readonly issuerKeys: string
  readonly vectors: readonly Vector[]
}

/** The vectors, where they lie, and the instant at which they are looked at. */
interface Run {
  readonly dir: string
  readonly index: Index
  readonly nowMs: number
}

/** Reason codes of a refusal; empty where the vector is good. */
type Codes = readonly string[]

/** The largest QR code that a card may have. */
const MAX_QR_VERSION = 22

/** Runs `index.json` of a folder with SMART Health Cards. */
export async function runShcVectors(dir: string): Promise<readonly VectorResult[]> {
  const index = await readJson<Index>(join(dir, 'index.json'))
  const run: Run = { dir, index, nowMs: index.validationTime * 1000 }
  const results: VectorResult[] = []
  for (const vector of index.vectors) {
    if (vector.expected === 'not a vector') continue
    const codes = await judge(run, vector)
    const got = codes.length === 0 ? 'valid' : 'invalid'
    results.push({ name: vector.file, expected: vector.expected, got, codes, ...noteOn(vector) })
  }
  return results
}

/** What a reader of the counts must know: such a vector says nothing about a whole card. */
const noteOn = ({ basis }: Vector) =>
  basis === 'inferred' ? { note: 'its result is inferred; judged by form, compression and signature alone' } : {}

async function judge(run: Run, vector: Vector): Promise<Codes> {
  if (vector.type === 'qr') return await judgePictures(run, vector)
  const text = await readText(run, vector)
  switch (vector.type) {
    case 'jwkset':
      return judgeKeySet(run, text)
    case 'jwspayload':
      return judgePayload(run, text)
    case 'fhirbundle':
      return judgeBundle(text, vector.options?.profile)
    default:
      // What a person can show: cards in all their forms, and links.
      return await judgeShown(run, vector, await Promise.all(groupOf(run, vector).map((one) => readText(run, one))))
  }
}

const readText = (run: Run, vector: Vector): Promise<string> => readFile(join(run.dir, vector.file), 'utf8')

/** A part is shown with the other parts of its card, where they are among the vectors. */
function groupOf(run: Run, vector: Vector): readonly Vector[] {
  return vector.group === undefined ? [vector] : run.index.vectors.filter(({ group }) => group === vector.group)
}

async function judgePictures(run: Run, vector: Vector): Promise<Codes> {
  const texts: string[] = []
  for (const one of groupOf(run, vector)) {
    const picture = await readQrPicture(await readFile(join(run.dir, one.file)))
    if (picture === undefined) return ['no QR code to be read']
    if (picture.version > MAX_QR_VERSION) return [`QR code of version ${picture.version}`]
    texts.push(picture.text)
  }
  return await judgeShown(run, vector, texts)
}

async function judgeShown(run: Run, vector: Vector, texts: readonly string[]): Promise<Codes> {
  const [text = ''] = texts
  if (vector.basis === 'inferred') return await judgeEnvelope(run, text)
  const { issuer: iss, issuerKeys: jwks } = run.index
  const { trust, problems } = await trustForVector(run.dir, { iss, jwks }, { needs: vector.needs, text })
  const verdicts = readShcCards(trust, texts, { nowMs: run.nowMs, clockSkewS: 0 })
  const codes = verdicts.flatMap((one) => (one.verdict === 'refused' ? one.reasons : [])).map(({ code }) => code)
  return codes.length === 0 ? [] : [...codes, ...problems]
}

/**
 * An entry that is only inferred says what the envelope gives: form, compression and signature with the keys of the index.
 * What the payload says was no part of the conclusion (the cards of the published set name an issuer and fields of an
 * earlier draft, and no verifier of today accepts them).
 */
async function judgeEnvelope(run: Run, text: string): Promise<Codes> {
  const keySet = await readJson(join(run.dir, run.index.issuerKeys))
  const { keys } = readShcKeySet(keySet, { at: '', iss: run.index.issuer })
  const cards = findCards(text)
  if ('code' in cards) return [cards.code]
  return cards.flatMap((card) => {
    const jws = readShcJws(card)
    if ('code' in jws) return [jws.code]
    const key = keys.get(jws.kid)
    if (key === undefined) return ['key-unknown']
    return isSignedBy(key, jws) ? [] : ['signature-invalid']
  })
}

function judgeKeySet({ nowMs }: Run, text: string): Codes {
  const { keys, errors } = readShcKeySet(parseStrictObject(text.trim()), { at: '', iss: undefined })
  const outdated = [...keys.values()].some((key) => nowMs < key.validFromMs || nowMs > key.validToMs)
  return [...errors.map(({ pointer, detail }) => `${pointer} ${detail}`), ...(outdated ? ['key-not-in-force'] : [])]
}

function judgePayload({ nowMs }: Run, text: string): Codes {
  const payload = parseStrictObject(text)
  const claims = payload && readShcPayload(payload)
  return claims === undefined ? ['malformed'] : reasonsOfTime(claims, { nowMs, clockSkewS: 0 }).map(({ code }) => code)
}

/** Profiles that an entry can name. */
const PROFILES: Readonly<Record<string, typeof followsImmunizationProfile>> = {
  'usa-covid19-immunization': followsImmunizationProfile,
}

function judgeBundle(text: string, profile: string | undefined): Codes {
  const resources = readBundle(parseStrictObject(text))
  if (resources === undefined) return ['malformed']
  if (profile === undefined) return []
  const follows = PROFILES[profile]
  if (follows === undefined) throw new TypeError(`no check for the profile ${profile}`)
  return follows(resources) ? [] : [`not of the profile ${profile}`]
}
