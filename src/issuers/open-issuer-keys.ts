import type { CityCode } from '../codes/index.ts'
import { startCatchUp } from '../kernel/catch-up.ts'
import type { Deps } from '../kernel/deps.ts'
import { jwkToVerifier, openSigner, type Signer } from './algorithms.ts'
import { issuersError } from './errors.ts'
import { openPrivateText } from './make-key.ts'
import { nodeSm2Id, testKnownAnswers } from './self-test.ts'
import { openSm2, type Sm2 } from './sm2/open-sm2.ts'
import { ISSUERS_CHANGED, type IssuerKeyRow, readIssuers, readKeys } from './store.ts'
import type { Issuer, IssuerKey, KeyAlgorithm, KeyUse, PublicJwk, PublishedJwk, SignatureCheck } from './types.ts'

export interface SignOrder {
  readonly city: CityCode
  readonly use: KeyUse
  /** `typ` of the header: what kind of thing is signed. */
  readonly typ: string
  readonly payload: object
  /** ES256 where nothing is said. */
  readonly alg?: KeyAlgorithm | undefined
}

/** The keys of all issuers in memory, following the database: at each announcement, and every 500 ms anyway. */
export interface IssuerKeys {
  issuer(iss: string): Issuer | undefined
  ageMs(): number
  /** Without revoked keys and those whose signatures count no more. */
  publishedKeys(city: CityCode): readonly PublishedJwk[]
  /** A compact JWS (RFC 7515 §7.1) under the city's key in force. @throws `issuers.no-signing-key` */
  sign(order: SignOrder): Promise<{ readonly token: string; readonly kid: string }>
  /** The check of signatures by a key of somebody else; SM2 in the threads of the process, as for our own keys. */
  checker(jwk: PublicJwk): SignatureCheck
  refresh(): Promise<void>
  close(): Promise<void>
}

interface LoadedIssuer extends Issuer {
  readonly changeNo: bigint
  readonly rows: readonly IssuerKeyRow[]
}

const EVERY_MS = 500

export async function openIssuerKeys(
  deps: Pick<Deps, 'db' | 'clock' | 'log' | 'keyring' | 'changes' | 'config'>,
): Promise<IssuerKeys> {
  testKnownAnswers()
  deps.log.info({ area: 'issuers', nodeSm2Id: nodeSm2Id() }, 'algorithms gave their known answers')
  const sm2 = await openSm2({ threads: deps.config.sm2Threads, log: deps.log })
  try {
    return await followKeys(deps, sm2)
  } catch (error) {
    await sm2.close()
    throw error
  }
}

async function followKeys(
  deps: Pick<Deps, 'db' | 'clock' | 'log' | 'keyring' | 'changes'>,
  sm2: Sm2,
): Promise<IssuerKeys> {
  const issuers = new Map<string, LoadedIssuer>()
  const signers = new Map<string, Signer>()

  const catchUp = await startCatchUp({
    everyMs: EVERY_MS,
    async read() {
      for (const { city, issuer, changeNo } of await readIssuers(deps.db)) {
        const known = issuers.get(issuer)
        if (known?.changeNo === changeNo) continue
        // The number was read first: rows that are newer than it are read once more, none is missed.
        const rows = await readKeys(deps.db, city)
        const keys = new Map(rows.map((row) => [row.kid, keepOrMake(known, row, issuer, sm2)]))
        issuers.set(issuer, { city, iss: issuer, keys, rows, changeNo })
      }
    },
    onError: (error) => deps.log.error({ err: error }, 'keys of issuers could not be read'),
    news: { feed: deps.changes, area: ISSUERS_CHANGED },
  })

  const rowsOf = (city: CityCode): readonly IssuerKeyRow[] => {
    for (const issuer of issuers.values()) if (issuer.city === city) return issuer.rows
    throw issuersError('not-found')
  }

  return {
    issuer: (iss) => issuers.get(iss),
    ageMs: catchUp.ageMs,
    publishedKeys: (city) =>
      rowsOf(city)
        .filter((row) => row.revokedAt === null && (row.verifyUntil === null || row.verifyUntil > deps.clock.now()))
        .map(publish),
    async sign({ city, use, typ, payload, alg = 'ES256' }) {
      const now = deps.clock.now()
      const row = rowsOf(city).findLast((key) => key.alg === alg && key.uses.includes(use) && signsAt(key, now))
      if (row === undefined) {
        throw issuersError('no-signing-key', { detail: `${city} has no ${alg} key in force for ${use}.` })
      }
      let sign = signers.get(row.kid)
      if (sign === undefined) {
        sign = openSigner(alg, openPrivateText(deps.keyring, row), row.publicJwk, sm2)
        signers.set(row.kid, sign)
      }
      const signed = `${encode({ alg, kid: row.kid, typ })}.${encode(payload)}`
      const signature = Buffer.from(await sign(Buffer.from(signed, 'latin1')))
      return { token: `${signed}.${signature.toString('base64url')}`, kid: row.kid }
    },
    checker: (jwk) => jwkToVerifier(jwk, sm2),
    refresh: catchUp.refresh,
    async close() {
      await catchUp.close()
      await sm2.close()
    },
  }
}

function signsAt(key: IssuerKeyRow, now: Date): boolean {
  return key.revokedAt === null && key.activeFrom <= now && (key.retiredAt === null || key.retiredAt > now)
}

/** The key of before where its row says the same. */
function keepOrMake(known: LoadedIssuer | undefined, row: IssuerKeyRow, iss: string, sm2: Sm2): IssuerKey {
  const before = known?.keys.get(row.kid)
  const now = {
    activeFromMs: row.activeFrom.getTime(),
    retiredAtMs: row.retiredAt?.getTime() ?? Number.POSITIVE_INFINITY,
    verifyUntilMs: row.verifyUntil?.getTime() ?? Number.POSITIVE_INFINITY,
    revoked: row.revokedAt !== null,
  }
  if (
    before !== undefined &&
    before.activeFromMs === now.activeFromMs &&
    before.retiredAtMs === now.retiredAtMs &&
    before.verifyUntilMs === now.verifyUntilMs &&
    before.revoked === now.revoked &&
    before.uses.size === row.uses.length &&
    row.uses.every((use) => before.uses.has(use))
  ) {
    return before
  }
  const { kid, city, alg } = row
  // A revoked key is not asked any more, and a table for it would be made in vain.
  const verify = now.revoked ? () => false : (before?.verify ?? jwkToVerifier(row.publicJwk, sm2))
  return { kid, iss, city, alg, uses: new Set(row.uses), ...now, verify }
}

function publish(row: IssuerKeyRow): PublishedJwk {
  return {
    ...row.publicJwk,
    kid: row.kid,
    alg: row.alg,
    use: 'sig',
    ymt_uses: row.uses,
    ymt_active_from: row.activeFrom.toISOString(),
    ...(row.retiredAt === null ? {} : { ymt_retired_at: row.retiredAt.toISOString() }),
    ...(row.verifyUntil === null ? {} : { ymt_verify_until: row.verifyUntil.toISOString() }),
  }
}

const encode = (value: object): string => Buffer.from(JSON.stringify(value), 'utf8').toString('base64url')
