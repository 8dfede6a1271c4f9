import type { CityCode } from '../codes/index.ts'
import type { Db } from '../kernel/db.ts'
import { signsLater } from './revoke-key.ts'
import { type IssuerKeyRow, readIssuers, readKeys } from './store.ts'

/** A key as its keeper sees it. */
export type KeyRecord = Omit<IssuerKeyRow, 'privateKeyEncrypted'> & {
  readonly state: 'announced' | 'signs' | 'retired' | 'ended' | 'revoked'
}

/** All keys of all issuers, the oldest first. */
export async function listKeys(db: Db, now: Date): Promise<readonly KeyRecord[]> {
  const issuers = (await readIssuers(db)).toSorted((a, b) => (a.city < b.city ? -1 : 1))
  const records: KeyRecord[] = []
  for (const { city } of issuers) {
    for (const { privateKeyEncrypted: _kept, ...key } of await readKeys(db, city)) {
      records.push({ ...key, state: stateOf(key, now) })
    }
  }
  return records
}

export async function findKey(
  db: Db,
  of: { readonly city: CityCode; readonly kid: string; readonly now: Date },
): Promise<KeyRecord | undefined> {
  return (await listKeys(db, of.now)).find((key) => key.city === of.city && key.kid === of.kid)
}

function stateOf(key: Omit<IssuerKeyRow, 'privateKeyEncrypted'>, now: Date): KeyRecord['state'] {
  if (key.revokedAt !== null) return 'revoked'
  if (key.verifyUntil !== null && key.verifyUntil <= now) return 'ended'
  if (!signsLater(key, now)) return 'retired'
  return key.activeFrom > now ? 'announced' : 'signs'
}
