import { randomUUID } from 'node:crypto'
import { mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeAll, expect } from 'vitest'
import type { CityCode } from '../../src/codes/index.ts'
import { seedInstitutions } from '../../src/institutions/index.ts'
import { seedIssuers } from '../../src/issuers/index.ts'
import { type PersonId, seedPeople } from '../../src/people/index.ts'
import { generateInstitutions } from '../../src/sandbox/institutions.ts'
import { generatePeople } from '../../src/sandbox/people.ts'
import { runVerify } from '../../src/trust/index.ts'
import { type TestApp, useApp } from '../support/app.ts'
import type { TestDatabase } from '../support/database.ts'

export const NOW = '2026-11-24T07:00:00.000Z'
export const institutions = generateInstitutions('trust')

/** A hub with issuers, institutions and some adults, and a folder for the verifier's files. */
export function useHub(database: TestDatabase) {
  const seeds = generatePeople('trust', 100)
    .filter((one) => one.birthDate < '2008')
    .slice(0, 40)
  let people: readonly PersonId[] = []
  let dir = ''
  const api: TestApp = useApp(database, {
    now: NOW,
    seed: async (deps) => {
      await seedIssuers(deps)
      await seedInstitutions(deps, institutions)
      people = await seedPeople(deps, seeds)
    },
  })
  beforeAll(async () => {
    dir = await mkdtemp(join(tmpdir(), 'ymt-trust-'))
  })
  afterAll(async () => rm(dir, { recursive: true, force: true }))

  const post = async (url: string, headers: Record<string, string>, payload: object = {}) => {
    const reply = await api.app.inject({
      method: 'POST',
      url,
      headers: { ...headers, 'idempotency-key': randomUUID() },
      payload,
    })
    expect(reply.statusCode, `${url} ${reply.body}`).toBeLessThan(300)
    return reply.json()
  }
  const issuer = (city: CityCode) => api.token('issuer', { city })

  return {
    api,
    get dir() {
      return dir
    },
    async issue(at: number, city: CityCode = '510100', change: object = {}): Promise<{ cardId: string; card: string }> {
      return await post('/cards', await issuer(city), { personId: people[at], ...change })
    },
    async code(cardId: string, city: CityCode = '510100', change: object = {}): Promise<string> {
      return (await post(`/cards/${cardId}/code`, await issuer(city), change)).code
    },
    async change(cardId: string, verb: 'revocation' | 'suspension' | 'restoration', city: CityCode = '510100') {
      // A reason that each of the three verbs knows, or none.
      await post(`/cards/${cardId}/${verb}`, await issuer(city), { reason: REASONS[verb] })
    },
    async verifyOnline(code: string, change: object = {}) {
      return await post('/cards/verify', await api.token('hospital', { institution: institutions[0]!.code }), {
        code,
        ...change,
      })
    },
    /** A bundle as it is fetched, made after everything that was committed. */
    async fetchBundle(): Promise<Buffer> {
      await api.refresh()
      const before = lastSeq
      for (;;) {
        const reply = await api.app.inject({ method: 'GET', url: '/trust/bundle' })
        expect(reply.statusCode, reply.body.slice(0, 500)).toBe(200)
        lastSeq = manifestOf(reply.rawPayload).seq
        if (lastSeq > before) return reply.rawPayload
        // The last one is still being handed out.
        await new Promise((done) => setTimeout(done, 100))
      }
    },
    async keep(name: string, bytes: Buffer | string): Promise<string> {
      const file = join(dir, name)
      await writeFile(file, bytes)
      return file
    },
    /** Runs the command in this process, at the time of the hub's clock. */
    async verify(args: readonly string[], options: { dataDir?: string; input?: string } = {}) {
      let out = ''
      let err = ''
      const exit = await runVerify(args, {
        clock: api.deps.clock,
        dataDir: options.dataDir ?? join(dir, 'data'),
        input: (async function* () {
          yield options.input ?? ''
        })(),
        out: (text) => void (out += text),
        err: (text) => void (err += text),
      })
      return { exit, out, err }
    },
  }
}

let lastSeq = 0

const REASONS = { revocation: 'lost', suspension: 'lost', restoration: 'found' }

export interface ManifestJson {
  readonly seq: number
  readonly iat: number
  readonly exp: number
  readonly hub: string
  readonly parts: readonly { readonly name: string; readonly sha256: string }[]
  readonly [member: string]: unknown
}

export function manifestOf(bundle: Buffer): ManifestJson {
  const [, payload = ''] = bundle.subarray(0, bundle.indexOf('\n')).toString('latin1').split('.')
  return JSON.parse(Buffer.from(payload, 'base64url').toString('utf8')) as ManifestJson
}

/** The lines of a bundle, and a bundle of lines. */
export const linesOf = (bundle: Buffer): string[] => bundle.toString('utf8').split('\n').slice(0, -1)
export const bundleOf = (lines: readonly string[]): Buffer => Buffer.from(lines.map((line) => `${line}\n`).join(''))
export const lineOf = (bundle: Buffer, part: string): number =>
  manifestOf(bundle).parts.findIndex((one) => one.name === part) + 1
