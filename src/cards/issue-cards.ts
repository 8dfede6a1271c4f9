import type { CityCode } from '../codes/index.ts'
import type { IssuerKeys, KeyAlgorithm } from '../issuers/index.ts'
import { issuerName } from '../issuers/index.ts'
import { announce } from '../kernel/change-feed.ts'
import type { Tx } from '../kernel/db.ts'
import type { Deps } from '../kernel/deps.ts'
import { newId } from '../kernel/ids.ts'
import { localDate } from '../kernel/time.ts'
import { inTx } from '../kernel/tx.ts'
import { insurancesAt, lacksGuardian, maskedNames, type PersonId } from '../people/index.ts'
import { auditCard } from './audit-card.ts'
import { lockIssuing } from './change-card.ts'
import { cardsError } from './errors.ts'
import { type DoneBy, insertEvents } from './history-store.ts'
import { findLiveCard } from './life-store.ts'
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

/** @throws `cards.expiry-invalid` */
function checkEnd(expiresAt: Date, now: Date): void {
  if (expiresAt <= now || expiresAt.getTime() > now.getTime() + MAX_YEARS * YEAR_MS) {
    throw cardsError('expiry-invalid', {
      detail: `A card ends in the future and within ${MAX_YEARS} years.`,
      errors: [{ pointer: '/expiresAt', detail: `must lie in the future, at most ${MAX_YEARS} years from now` }],
    })
  }
}

/** Issues one card per person under a city's key. @throws `cards.person-unknown`, `cards.expiry-invalid` */
export async function issueCards(
  deps: IssueDeps,
  tx: Tx,
  order: {
    readonly city: CityCode
    readonly personIds: readonly string[]
    readonly expiresAt: Date
    readonly alg?: KeyAlgorithm | undefined
    readonly by: DoneBy
    /** Where they take the place of another card. */
    readonly because?: { readonly reason: string; readonly relatedId: string } | undefined
  },
): Promise<readonly IssuedCard[]> {
  const now = deps.clock.now()
  const { city, personIds, expiresAt } = order
  checkEnd(expiresAt, now)
  const names = await maskedNames(deps, tx, personIds)
  const insurances = await insurancesAt(tx, personIds, localDate(now))
  // Last of the reads and shortly before the end: the issuer's row is locked from here on.
  const places = await takePlaces(tx, { city, count: personIds.length })
  const drafts = personIds.map((personId, at): Omit<CardRow, 'kid'> => {
    const maskedName = names.get(personId as PersonId)
    if (maskedName === undefined) {
      throw cardsError('person-unknown', { errors: [{ pointer: '/personId', detail: 'is not a registered person' }] })
    }
    const last = insurances.get(personId as PersonId)
    // One that has ended insures nobody.
    const insurance = last?.status === '4' ? undefined : last
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
  const { alg } = order
  const signed = await Promise.all(
    drafts.map(async (draft) => {
      const payload = payloadOf(draft)
      const { token, kid } = await deps.issuerKeys.sign({ city, use: 'card', typ: CARD_TYPE, payload, alg })
      return { row: { ...draft, kid }, token }
    }),
  )
  const rows = signed.map(({ row }) => row)
  await insertCards(tx, rows, places.changeNo)
  await takeStatusPlaces(tx, { city, indexes: rows.map((row) => row.statusIndex) })
  await insertEvents(
    tx,
    rows.map(({ personId, cardId }) => ({
      personId,
      itemId: cardId,
      event: 'issued',
      fromStatus: null,
      toStatus: CARD_STATUS.valid,
      reason: order.because?.reason ?? null,
      relatedId: order.because?.relatedId ?? null,
    })),
    { kind: 'card', at: now, by: order.by },
  )
  await announce(tx, CARDS_CHANGED)
  return signed.map(({ row, token }) => ({ cardId: row.cardId, city, personId: row.personId, card: token, expiresAt }))
}

/** Five years: what a card is good for where nobody says otherwise. */
export const usualEnd = (now: Date): Date => new Date(now.getTime() + 5 * YEAR_MS)

/** @throws `cards.guardian-needed` for a child under 14 without a guardian in force */
export async function requireGuardian(tx: Tx, personId: string, now: Date): Promise<void> {
  if (!(await lacksGuardian(tx, personId, now))) return
  throw cardsError('guardian-needed', {
    errors: [{ pointer: '/personId', detail: 'is under 14 and has no guardian in force' }],
  })
}

/** The one card of an order for one person. */
export function oneCard(cards: readonly IssuedCard[]): IssuedCard {
  const [card] = cards
  if (card === undefined) throw cardsError('person-unknown')
  return card
}

/**
 * A first card for a person, with its audit event. A city has one good card for a person: with two, the one that is
 * forgotten would go on being good when the other is reported lost.
 *
 * @throws `cards.already-issued` with the card that is there; `cards.guardian-needed`
 */
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
  const now = deps.clock.now()
  const expiresAt = order.expiresAt ?? usualEnd(now)
  checkEnd(expiresAt, now)
  await requireGuardian(tx, personId, now)
  await lockIssuing(tx, city)
  const known = await findLiveCard(tx, { personId, city, now })
  if (known !== undefined) {
    throw cardsError('already-issued', {
      detail: 'Renew that card, or replace it after its loss.',
      meta: { cardId: known },
    })
  }
  const card = oneCard(await issueCards(deps, tx, { city, personIds: [personId], expiresAt, alg, by }))
  await auditCard(deps, tx, by, { action: 'cards.issue', cardId: card.cardId, personId, purpose: 'issuing' })
  return card
}

const SEED: DoneBy = { clientId: 'seed', org: 'hub' }

/** Cards for a sandbox's people, one statement per table and city; as many for one person as it is called. */
export async function seedCards(
  deps: IssueDeps & Pick<Deps, 'db'>,
  order: { readonly city: CityCode; readonly personIds: readonly string[]; readonly alg?: KeyAlgorithm },
): Promise<readonly IssuedCard[]> {
  const expiresAt = usualEnd(deps.clock.now())
  return await inTx(deps.db, (tx) => issueCards(deps, tx, { ...order, expiresAt, by: SEED }))
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
