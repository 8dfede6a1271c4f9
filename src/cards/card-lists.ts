import { CITIES, type CityCode } from '../codes/index.ts'
import type { Database, Db } from '../kernel/db.ts'
import { inTx } from '../kernel/tx.ts'
import type { CardLists } from './card-memory.ts'
import { createHolderFacts, createNamePool, type HolderFacts } from './holder-facts.ts'
import { BLOCK } from './scatter-index.ts'
import { createStatusBits, type StatusBits } from './status-bits.ts'
import { readHolderBlock, readStatusBlocks } from './status-store.ts'
import { type ChangedCard, listChangedCards, readHolderAt, readListHeads } from './store.ts'
import type { Holder } from './types.ts'

/** The list of one city in memory. */
export interface CityList extends CardLists {
  readonly bits: StatusBits
  readonly holders: HolderFacts
  /** Everything up to this change is in it. */
  changeNo: bigint
}

/** Status and holders of all cities' cards in memory, as far as they were read. */
export interface LoadedLists {
  of(city: CityCode): CityList | undefined
  /** Reads what changed: status at once, holders' facts where their block is there. */
  read(): Promise<void>
  /** Reads one block of holders' facts that is still missing; false where none is. */
  loadNextBlock(): Promise<boolean>
}

const PAGE = 20_000
/** Largest value of the column: the first page begins after everything of the change number already seen. */
const MAX_INDEX = 2_147_483_647
const CODES = CITIES.map((city) => city.code)

/**
 * Status comes first and whole (two bits a card), so that a process can refuse a revoked card from its first answer on;
 * whose the cards are (23 bytes) follows block by block behind, and is read card by card until then.
 */
export function createLists(db: Database): LoadedLists {
  const names = createNamePool()
  const lists = new Map<CityCode, CityList>()
  /** Blocks whose holders are not in memory, in the order in which they will be read. */
  const missing = new Map<string, { readonly list: CityList; readonly city: CityCode; readonly block: number }>()

  const miss = (city: CityCode, list: CityList, block: number): void => {
    if (!list.holders.isLoaded(block)) missing.set(`${city}/${block}`, { list, city, block })
  }

  const createList = (city: CityCode): CityList => {
    const bits = createStatusBits()
    const holders = createHolderFacts(names)
    return {
      bits,
      holders,
      changeNo: -1n,
      status: bits.get,
      holder(index, day) {
        if (holders.isLoaded(Math.floor(index / BLOCK))) return holders.get(index, day)
        return readHolderAt(db, { city, index }).then((facts) => facts && asOfDay(facts, day))
      },
    }
  }

  const loadCity = async (tx: Db, city: CityCode, changeNo: bigint): Promise<void> => {
    const list = createList(city)
    for (const { block, bits } of await readStatusBlocks(tx, city)) {
      list.bits.setBlock(block, bits)
      miss(city, list, block)
    }
    list.changeNo = changeNo
    lists.set(city, list)
  }

  const eachChange = async (
    reader: Db,
    city: CityCode,
    since: bigint,
    apply: (card: ChangedCard) => void,
  ): Promise<void> => {
    let after = { changeNo: since, index: MAX_INDEX }
    for (;;) {
      const page = await listChangedCards(reader, { city, ...after, limit: PAGE })
      for (const card of page) apply(card)
      const last = page.at(-1)
      if (last === undefined || page.length < PAGE) return
      after = last
    }
  }

  const catchUp = async (tx: Db, city: CityCode, list: CityList, changeNo: bigint): Promise<void> => {
    await eachChange(tx, city, list.changeNo, (card) => {
      list.bits.set(card.index, card.status)
      list.holders.put(card)
      miss(city, list, Math.floor(card.index / BLOCK))
    })
    list.changeNo = changeNo
  }

  return {
    of: (city) => lists.get(city),
    async read() {
      const heads = await readListHeads(db)
      if (heads.every((head) => lists.get(head.city)?.changeNo === head.changeNo)) return
      // One snapshot for the number and the rows that it stands for.
      await inTx(
        db,
        async (tx) => {
          for (const { city, changeNo } of await readListHeads(tx)) {
            const list = lists.get(city)
            if (list === undefined) await loadCity(tx, city, changeNo)
            else if (list.changeNo !== changeNo) await catchUp(tx, city, list, changeNo)
          }
        },
        { isolation: 'repeatable read' },
      )
    },
    async loadNextBlock() {
      const next = missing.entries().next().value
      if (next === undefined) return false
      const [key, { list, city, block }] = next
      const since = list.changeNo
      list.holders.install(block, await readHolderBlock(db, { city, block, cities: CODES }))
      // What changed while the block was on its way found no block to be put into.
      if (list.changeNo !== since) await eachChange(db, city, since, (card) => list.holders.put(card))
      missing.delete(key)
      return true
    },
  }
}

function asOfDay(facts: Holder & { readonly insuredUntilDay: number | null }, day: number): Holder {
  const { personId, maskedName, insuredCity, insuredUntilDay } = facts
  const insured = insuredUntilDay === null || insuredUntilDay >= day
  return { personId, maskedName, insuredCity: insured ? insuredCity : null }
}
