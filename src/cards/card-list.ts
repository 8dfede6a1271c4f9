import { CITIES, type CityCode } from '../codes/index.ts'
import { BLOCK } from './scatter-index.ts'
import type { Holder } from './types.ts'

/** What the list keeps of one card. */
export interface ListedCard {
  readonly index: number
  readonly personId: string
  readonly maskedName: string
  readonly insuredCity: CityCode | null
  /** Last day of the insurance as days since 1970-01-01; null while it is open. */
  readonly insuredUntilDay: number | null
  readonly status: number
}

/** `undefined` for a place that no card has. */
export type CardLookup = { readonly status: number; readonly holder: Holder } | undefined

/** The cards of one issuer by their place. */
export interface CardList {
  put(card: ListedCard): void
  /** `day` is the calendar day in Asia/Shanghai as days since 1970-01-01. */
  get(index: number, day: number): CardLookup
}

/** Spellings of masked names: 张*明 is shared by thousands, so each is kept once for all issuers. */
export interface NamePool {
  readonly names: string[]
  readonly numbers: Map<string, number>
}

export const createNamePool = (): NamePool => ({ names: [''], numbers: new Map() })

const OPEN = 0xffff

/** 16 bytes person, 4 bytes name, 2 bytes insurance end, 1 byte city, 1 byte status: 24 bytes a card. */
interface Block {
  readonly person: Buffer
  readonly name: Uint32Array
  readonly until: Uint16Array
  readonly city: Uint8Array
  readonly status: Uint8Array
}

/**
 * Typed columns in blocks of 65,536 cards: 1.6 MB a block, so ten million cards take 240 MB in each verifying process
 * and no garbage collector walks them. The pool of names is bounded by surnames times last characters.
 */
export function createCardList(pool: NamePool): CardList {
  const blocks: Block[] = []
  return {
    put(card) {
      const number = Math.floor(card.index / BLOCK)
      while (blocks.length <= number) blocks.push(createBlock())
      const block = blocks[number] as Block
      const at = card.index % BLOCK
      block.person.write(card.personId.replaceAll('-', ''), at * 16, 16, 'hex')
      block.name[at] = numberOf(pool, card.maskedName)
      block.until[at] = card.insuredUntilDay === null ? OPEN : Math.min(card.insuredUntilDay, OPEN - 1)
      block.city[at] = 1 + CITIES.findIndex((city) => city.code === card.insuredCity)
      block.status[at] = card.status
    },
    get(index, day) {
      const block = blocks[Math.floor(index / BLOCK)]
      const at = index % BLOCK
      const name = block?.name[at]
      if (block === undefined || name === undefined || name === 0) return undefined
      const until = block.until[at] ?? OPEN
      const insured = until === OPEN || until >= day
      return {
        status: block.status[at] ?? 0,
        holder: {
          personId: uuidAt(block.person, at * 16),
          maskedName: pool.names[name] ?? '',
          insuredCity: insured ? (CITIES[(block.city[at] ?? 0) - 1]?.code ?? null) : null,
        },
      }
    },
  }
}

function createBlock(): Block {
  return {
    person: Buffer.alloc(BLOCK * 16),
    name: new Uint32Array(BLOCK),
    until: new Uint16Array(BLOCK),
    city: new Uint8Array(BLOCK),
    status: new Uint8Array(BLOCK),
  }
}

function numberOf(pool: NamePool, name: string): number {
  let number = pool.numbers.get(name)
  if (number === undefined) {
    number = pool.names.push(name) - 1
    pool.numbers.set(name, number)
  }
  return number
}

function uuidAt(bytes: Buffer, from: number): string {
  const hex = bytes.toString('hex', from, from + 16)
  return `${hex.slice(0, 8)}-${hex.slice(8, 12)}-${hex.slice(12, 16)}-${hex.slice(16, 20)}-${hex.slice(20)}`
}
