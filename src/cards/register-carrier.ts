import { type CityCode, mask } from '../codes/index.ts'
import { blindIndexes, decryptField, encryptField, type Keyring } from '../kernel/crypto/index.ts'
import type { Tx } from '../kernel/db.ts'
import type { Deps } from '../kernel/deps.ts'
import { newId } from '../kernel/ids.ts'
import { isDate, localDate } from '../kernel/time.ts'
import { maskedNames, type PersonId } from '../people/index.ts'
import { auditCard } from './audit-card.ts'
import { type CarrierRow, claimNumber, insertCarrier } from './carrier-store.ts'
import { type CarrierKind, checkCarrierNumber, indexType, normalCarrierNumber } from './carriers.ts'
import { cardsError } from './errors.ts'
import { insertEvents } from './history-store.ts'
import { CARD_STATUS, type CardCaller } from './types.ts'

/** Where the number of a carrier is encrypted for. */
const numberPlace = (carrierId: string) => ({
  table: 'cards_carrier',
  column: 'number_encrypted',
  rowId: carrierId,
})

export const sealNumber = (keyring: Keyring, carrierId: string, number: string): Buffer =>
  encryptField(keyring, number, numberPlace(carrierId))

export const openNumber = (keyring: Keyring, row: Pick<CarrierRow, 'carrierId' | 'numberEncrypted'>): string =>
  decryptField(keyring, row.numberEncrypted, numberPlace(row.carrierId))

export const maskedNumber = (keyring: Keyring, row: Pick<CarrierRow, 'carrierId' | 'numberEncrypted'>): string =>
  mask.card(openNumber(keyring, row))

/**
 * Registers a carrier that the caller's city issued to a person. The keyed hash of the number decides between two who
 * register it at the same moment; whose it is already is told to nobody.
 *
 * @throws `cards.carrier-invalid` by field, never quoting the number; `cards.carrier-known`
 */
export async function registerCarrier(
  deps: Pick<Deps, 'clock' | 'keyring'>,
  tx: Tx,
  order: {
    readonly city: CityCode
    readonly personId: string
    readonly kind: CarrierKind
    readonly number: string
    /** Today where nothing is said. */
    readonly validFrom?: string | undefined
    readonly validTo?: string | null | undefined
    readonly by: CardCaller
  },
): Promise<CarrierRow> {
  const { city, personId, kind, by } = order
  const now = deps.clock.now()
  const number = normalCarrierNumber(order.number)
  const validFrom = order.validFrom ?? localDate(now)
  const validTo = order.validTo ?? null
  const wrong = checkCarrierNumber(number)
  const maskedName = (await maskedNames(deps, tx, [personId])).get(personId as PersonId)
  const errors = [
    ...(wrong === null ? [] : [{ pointer: '/number', detail: wrong }]),
    ...(isDate(validFrom) ? [] : [{ pointer: '/validFrom', detail: 'is not a day of the calendar' }]),
    ...(validTo === null || (isDate(validTo) && validTo >= validFrom)
      ? []
      : [{ pointer: '/validTo', detail: 'is not a day of the calendar from /validFrom on' }]),
    ...(maskedName === undefined ? [{ pointer: '/personId', detail: 'is not a registered person' }] : []),
  ]
  if (errors.length > 0 || maskedName === undefined) throw cardsError('carrier-invalid', { errors })
  const carrierId = newId<'carrier'>()
  const indexes = blindIndexes(deps.keyring, { type: indexType(kind), normalForm: number })
  if ((await claimNumber(tx, { personId, carrierId, indexes })) < indexes.length) throw cardsError('carrier-known')
  const row = {
    carrierId,
    personId,
    kind,
    city,
    numberEncrypted: sealNumber(deps.keyring, carrierId, number),
    maskedName,
    validFrom,
    validTo,
    registeredAt: now,
  }
  await insertCarrier(tx, row)
  const toStatus = CARD_STATUS.valid
  await insertEvents(
    tx,
    [{ personId, itemId: carrierId, event: 'registered', fromStatus: null, toStatus, reason: null, relatedId: null }],
    { kind: 'carrier', at: now, by },
  )
  await auditCard(deps, tx, by, {
    action: 'cards.register-carrier',
    targetType: 'carrier',
    cardId: carrierId,
    personId,
    purpose: 'registration',
    reasonCodes: [kind],
  })
  return { ...row, status: toStatus, statusReason: null, statusAt: null }
}
