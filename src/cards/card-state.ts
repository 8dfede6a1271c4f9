import type { KeyObject } from 'node:crypto'
import type { CityCode } from '../codes/index.ts'
import type { InstitutionTable } from '../institutions/index.ts'
import { startCatchUp } from '../kernel/catch-up.ts'
import type { Db } from '../kernel/db.ts'
import type { Deps } from '../kernel/deps.ts'
import { inTx } from '../kernel/tx.ts'
import { type CardList, createCardList, createNamePool } from './card-list.ts'
import { cardsError } from './errors.ts'
import { openPrivateKey, openPublicKey } from './issuer-keys.ts'
import { type IssuerKeyRow, type IssuerRow, readIssuers, readKeys } from './key-store.ts'
import { type FreshnessPolicyRow, listChangedCards, readFreshnessPolicies } from './store.ts'
import type { SigningKey } from './token.ts'
import type { KeyUse } from './types.ts'
import type { CardMemory, FreshnessLimits, IssuerMemory, VerifyKey } from './verify-code.ts'

/** A public key as it is published, with its allowed uses. */
export interface PublishedKey {
  readonly kty: 'EC'
  readonly crv: 'P-256'
  readonly alg: 'ES256'
  readonly use: 'sig'
  readonly kid: string
  readonly x: string
  readonly y: string
  /** Ours (a private name, RFC 7517 §4): what the key may sign. */
  readonly ymt_uses: readonly KeyUse[]
}

/** Keys and status of all issuers in memory, followed every 500 ms. */
export interface CardState extends CardMemory {
  /** @throws `cards.no-signing-key` */
  signingKey(city: CityCode, use: KeyUse, now: Date): SigningKey
  publishedKeys(city: CityCode): readonly PublishedKey[]
  refresh(): Promise<void>
  close(): Promise<void>
}

interface LoadedIssuer extends IssuerMemory {
  readonly changeNo: bigint
  readonly rows: readonly IssuerKeyRow[]
  readonly cards: CardList
}

const EVERY_MS = 500
const PAGE = 20_000
/** Largest value of the column: the first page begins after everything of the change number already seen. */
const MAX_INDEX = 2_147_483_647

export async function openCardState(
  deps: Pick<Deps, 'db' | 'log' | 'keyring'> & { readonly institutions: InstitutionTable },
): Promise<CardState> {
  const names = createNamePool()
  const issuers = new Map<string, LoadedIssuer>()
  const privateKeys = new Map<string, KeyObject>()
  let policies: readonly FreshnessPolicyRow[] = []

  const loadIssuer = async (db: Db, row: IssuerRow): Promise<void> => {
    const known = issuers.get(row.issuer)
    const cards = known?.cards ?? createCardList(names)
    const rows = await readKeys(db, row.city)
    let after = { changeNo: known?.changeNo ?? -1n, index: MAX_INDEX }
    for (;;) {
      const page = await listChangedCards(db, { city: row.city, ...after, limit: PAGE })
      for (const card of page) cards.put(card)
      const last = page.at(-1)
      if (last === undefined || page.length < PAGE) break
      after = last
    }
    const keys = new Map(rows.map((key) => [key.kid, toVerifyKey(key)]))
    issuers.set(row.issuer, { city: row.city, keys, cards, rows, changeNo: row.changeNo })
  }

  const read = async (): Promise<void> => {
    policies = await readFreshnessPolicies(deps.db)
    const rows = await readIssuers(deps.db)
    if (rows.every((row) => issuers.get(row.issuer)?.changeNo === row.changeNo)) return
    // One snapshot for the number and the rows that it stands for.
    await inTx(
      deps.db,
      async (tx) => {
        for (const row of await readIssuers(tx)) {
          if (issuers.get(row.issuer)?.changeNo !== row.changeNo) await loadIssuer(tx, row)
        }
      },
      { isolation: 'repeatable read' },
    )
  }

  const ofCity = (city: CityCode): LoadedIssuer => {
    for (const issuer of issuers.values()) if (issuer.city === city) return issuer
    throw cardsError('issuer-unknown')
  }

  const catchUp = await startCatchUp({
    everyMs: EVERY_MS,
    read,
    onError: (error) => deps.log.error({ err: error }, 'card keys and status could not be read'),
  })

  return {
    institutions: deps.institutions,
    issuer: (iss) => issuers.get(iss),
    ageMs: catchUp.ageMs,
    limitsOn: (date) => policies.find((row) => row.from <= date) ?? NO_POLICY,
    signingKey(city, use, now) {
      const row = ofCity(city).rows.findLast((key) => key.uses.includes(use) && signsAt(key, now))
      if (row === undefined) throw cardsError('no-signing-key')
      let privateKey = privateKeys.get(row.kid)
      if (privateKey === undefined) {
        privateKey = openPrivateKey(deps.keyring, row)
        privateKeys.set(row.kid, privateKey)
      }
      return { kid: row.kid, privateKey }
    },
    publishedKeys: (city) =>
      ofCity(city)
        .rows.filter((row) => row.revokedAt === null)
        .map(({ kid, x, y, uses }) => ({
          kty: 'EC',
          crv: 'P-256',
          alg: 'ES256',
          use: 'sig',
          kid,
          x,
          y,
          ymt_uses: uses,
        })),
    refresh: catchUp.refresh,
    close: catchUp.close,
  }
}

/** Without a policy for the day nothing counts as fresh enough. */
const NO_POLICY: FreshnessLimits = { warnAfterS: 0, refuseAfterS: 0 }

function signsAt(key: IssuerKeyRow, now: Date): boolean {
  return key.revokedAt === null && key.activeFrom <= now && (key.retiredAt === null || key.retiredAt > now)
}

function toVerifyKey(row: IssuerKeyRow): VerifyKey {
  return {
    verifyWith: { key: openPublicKey(row), dsaEncoding: 'ieee-p1363' },
    uses: new Set(row.uses),
    activeFromMs: row.activeFrom.getTime(),
    retiredAtMs: row.retiredAt?.getTime() ?? Number.POSITIVE_INFINITY,
    verifyUntilMs: row.verifyUntil?.getTime() ?? Number.POSITIVE_INFINITY,
    revoked: row.revokedAt !== null,
  }
}
