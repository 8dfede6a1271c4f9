import type { CityCode } from '../codes/index.ts'
import type { IssuerKeys, KeyAlgorithm } from '../issuers/index.ts'
import { issuerName } from '../issuers/index.ts'
import { announce } from '../kernel/change-feed.ts'
import type { Tx } from '../kernel/db.ts'
import type { Deps } from '../kernel/deps.ts'
import { newId } from '../kernel/ids.ts'
import { localDate } from '../kernel/time.ts'
import { inTx } from '../kernel/tx.ts'
import { insurancesAt, maskedNames, type PersonId } from '../people/index.ts'
import { auditCard } from './audit-card.ts'
import { cardsError } from './errors.ts'
import { scatterIndex } from './scatter-index.ts'
import { takeStatusPlaces } from './status-store.ts'
import { type CardRow, insertCards, takePlaces } from './store.ts'
import { CARD_TYPE, type CardPayload } from './token.ts'
import { CARD_STATUS, CARDS_CHANGED, type CardCaller } from './types.ts'

export interface IssuedCard {
  readonly cardId: string
  readonly city: CityCode
  readonly personId: string
  /** Compact JWS; it is not stored, only the holder keeps it. */
  readonly card: string
  readonly expiresAt: Date
}

export type IssueDeps = Pick<Deps, 'clock' | 'keyring'> & { readonly issuerKeys: Pick<IssuerKeys, 'sign'> }

const MAX_YEARS = 10
const YEAR_MS = 365.25 * 86_400_000

/** Issues one card per person under a city's key. @throws `cards.person-unknown`, `cards.issuer-unknown` */
export async function issueCards(
  deps: IssueDeps,
  tx: Tx,
  order: {
    readonly city: CityCode
    readonly personIds: readonly string[]
    readonly expiresAt: Date
    readonly alg?: KeyAlgorithm | undefined
  },
): Promise<readonly IssuedCard[]> {
  const now = deps.clock.now()
  const { city, personIds, expiresAt } = order
  if (expiresAt <= now || expiresAt.getTime() > now.getTime() + MAX_YEARS * YEAR_MS) {
    throw cardsError('expiry-invalid', {
      detail: `A card ends in the future and within ${MAX_YEARS} years.`,
      errors: [{ pointer: '/expiresAt', detail: `must lie in the future, at most ${MAX_YEARS} years from now` }],
    })
  }
  const names = await maskedNames(deps, tx, personIds)
  const insurances = await insurancesAt(tx, personIds, localDate(now))
  // Last of the reads and shortly before the end: the issuer's row is locked from here on.
  const places = await takePlaces(tx, { city, count: personIds.length })
  const rows = personIds.map((personId, at): CardRow => {
    const maskedName = names.get(personId as PersonId)
    if (maskedName === undefined) {
      throw cardsError('person-unknown', { errors: [{ pointer: '/personId', detail: 'is not a registered person' }] })
    }
    const insurance = insurances.get(personId as PersonId)
    return {
      cardId: newId<'card'>(),
      city,
      statusIndex: scatterIndex(places.scatterKey, places.firstNumber + at),
      personId,
      maskedName,
      insuredCity: insurance?.insuredCity ?? null,
      insuredUntil: insurance?.to ?? null,
      status: CARD_STATUS.valid,
      issuedAt: now,
      expiresAt,
    }
  })
  await insertCards(tx, rows, places.changeNo)
  await takeStatusPlaces(tx, { city, indexes: rows.map((row) => row.statusIndex) })
  await announce(tx, CARDS_CHANGED)
  const { alg } = order
  return await Promise.all(
    rows.map(async (row) => {
      const { token } = await deps.issuerKeys.sign({ city, use: 'card', typ: CARD_TYPE, payload: payloadOf(row), alg })
      return { cardId: row.cardId, city, personId: row.personId, card: token, expiresAt }
    }),
  )
}

/** One card for one person, with its audit event. */
export async function issueCard(
  deps: IssueDeps,
  tx: Tx,
  order: {
    readonly city: CityCode
    readonly personId: string
    readonly expiresAt?: Date | undefined
    /** ES256 where nothing is said. */
    readonly alg?: KeyAlgorithm | undefined
    readonly by: CardCaller
  },
): Promise<IssuedCard> {
  const { city, personId, alg, by } = order
  const expiresAt = order.expiresAt ?? new Date(deps.clock.now().getTime() + 5 * YEAR_MS)
  const [card] = await issueCards(deps, tx, { city, personIds: [personId], expiresAt, alg })
  if (card === undefined) throw cardsError('person-unknown')
  await auditCard(deps, tx, by, { action: 'cards.issue', cardId: card.cardId, personId, purpose: 'issuing' })
  return card
}

/** Cards for a sandbox's people, one statement per table and city. */
export async function seedCards(
  deps: IssueDeps & Pick<Deps, 'db'>,
  order: { readonly city: CityCode; readonly personIds: readonly string[]; readonly alg?: KeyAlgorithm },
): Promise<readonly IssuedCard[]> {
  const expiresAt = new Date(deps.clock.now().getTime() + 5 * YEAR_MS)
  return await inTx(deps.db, (tx) => issueCards(deps, tx, { ...order, expiresAt }))
}

/** What a card says; signed again it is the same card. */
export function payloadOf(
  row: Pick<CardRow, 'city' | 'cardId' | 'statusIndex' | 'issuedAt' | 'expiresAt'>,
): CardPayload {
  return {
    iss: issuerName(row.city),
    jti: row.cardId,
    iat: Math.floor(row.issuedAt.getTime() / 1000),
    exp: Math.floor(row.expiresAt.getTime() / 1000),
    idx: row.statusIndex,
  }
}
