import { join } from 'node:path'
import { isObject, parseStrictObjectBytes } from '../../kernel/strict-json.ts'
import { createForeignTrust } from '../lists/create-trust.ts'
import { readShcList } from '../lists/shc-list.ts'
import { readShcJws } from '../shc/jws.ts'
import { findCards } from '../shc/read-shc.ts'
import type { ForeignTrust } from '../trust.ts'
import { readJson } from './files.ts'

interface IssuerFiles {
  readonly iss: string
  readonly jwks: string
  readonly crls: readonly string[]
}

/** Issuer of key sets that no card of the vectors names. */
const ANOTHER_ISSUER = 'https://another-issuer.example'
const KEY_SET = /^(?:(.*)\/)?\.well-known\/jwks\.json$/

/**
 * The trust for one vector: the issuer of the index with its keys, and what the vector's entry says that it needs. A key
 * set under `.well-known` belongs to the issuer whose address ends with its folder; any other one to another issuer. What
 * an operator could not import is not trusted here either; `problems` says why.
 */
export async function trustForVector(
  dir: string,
  own: { readonly iss: string; readonly jwks: string },
  vector: { readonly needs?: readonly string[] | undefined; readonly text: string },
): Promise<{ readonly trust: ForeignTrust; readonly problems: readonly string[] }> {
  const needs = vector.needs ?? []
  const sets: IssuerFiles[] = [{ ...own, crls: [] }]
  for (const path of needs.filter((one) => !one.includes('/.well-known/crl/'))) {
    const folder = KEY_SET.exec(path)?.[1]
    const named = folder === undefined ? undefined : issuerNamedBy(vector.text)
    const iss = named?.endsWith(`/${folder}`) === true ? named : ANOTHER_ISSUER
    sets.push({ iss, jwks: path, crls: needs.filter((one) => one.startsWith(`${folder}/.well-known/crl/`)) })
  }
  const problems: string[] = []
  const issuers: unknown[] = []
  for (const files of sets) {
    const issuer = await readIssuer(dir, files)
    const { errors } = readShcList({ ...HEAD, issuers: [issuer] })
    if (errors.length === 0) issuers.push(issuer)
    problems.push(...errors.map(({ pointer, detail }) => `${files.jwks}: ${pointer} ${detail}`))
  }
  return { trust: createForeignTrust({ shc: { ...HEAD, issuers } }), problems }
}

const HEAD = {
  format: 'shc',
  version: 1,
  source: 'test vectors',
  issuedAt: '2020-01-01T00:00:00Z',
  validUntil: '9999-12-31T00:00:00Z',
}

async function readIssuer(dir: string, { iss, jwks, crls }: IssuerFiles): Promise<unknown> {
  const read = async (path: string): Promise<unknown> => {
    try {
      return await readJson(join(dir, path))
    } catch (error) {
      // Among the vectors are key sets that are no JSON: whoever fetched one would have nothing.
      if (error instanceof SyntaxError) return undefined
      throw error
    }
  }
  return { iss, name: 'issuer of the vectors', jwks: await read(jwks), crls: await Promise.all(crls.map(read)) }
}

/** What the first card says of its issuer, without its being verified. */
function issuerNamedBy(text: string): string | undefined {
  const cards = findCards(text)
  const jws = 'code' in cards ? cards : readShcJws(cards[0] ?? '')
  const payload = 'code' in jws ? undefined : parseStrictObjectBytes(jws.payload)
  const iss = isObject(payload) ? payload['iss'] : undefined
  return typeof iss === 'string' ? iss : undefined
}
