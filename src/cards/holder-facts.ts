import { CITIES, type CityCode } from '../codes/index.ts'
import { BLOCK } from './scatter-index.ts'
import { HOLDER_BYTES, type PackedHolders } from './status-store.ts'
import type { Holder } from './types.ts'

/** Whose card it is, as a verification needs it. */
export interface ListedHolder {
  readonly index: number
  readonly personId: string
  readonly maskedName: string
  readonly insuredCity: CityCode | null
  /** Last day of the insurance as days since 1970-01-01; null while it is open. */
  readonly insuredUntilDay: number | null
}

/** Spellings of masked names: 张*明 is shared by thousands, so each is kept once for all issuers. */
export interface NamePool {
  readonly names: string[]
  readonly numbers: Map<string, number>
}

export const createNamePool = (): NamePool => ({ names: [''], numbers: new Map() })

/** The holders of one issuer's cards by their place, as far as their blocks are loaded. */
export interface HolderFacts {
  isLoaded(block: number): boolean
  /** Takes over a block as the database packed it. */
  install(block: number, packed: PackedHolders): void
  /** Replaces one card's facts; does nothing where the block is not loaded, since it will be read with them. */
  put(holder: ListedHolder): void
  /**
   * `undefined` where no card has the place, or its block is not loaded. `day` is the calendar day in Asia/Shanghai as
   * days since 1970-01-01.
   */
  get(index: number, day: number): Holder | undefined
}

const OPEN = 0xffff

/** 16 bytes person, 4 bytes name, 2 bytes insurance end, 1 byte city: 23 bytes a card. */
interface Block {
  readonly person: Buffer
  readonly name: Uint32Array
  readonly until: Uint16Array
  readonly city: Uint8Array
}

/**
 * Typed columns in blocks of 65,536 cards: 1.5 MB a block, so ten million cards take 230 MB in each verifying process
 * and no garbage collector walks them. The pool of names is bounded by surnames times last characters.
 */
export function createHolderFacts(pool: NamePool): HolderFacts {
  const blocks: (Block | undefined)[] = []
  return {
    isLoaded: (block) => blocks[block] !== undefined,
    install(number, packed) {
      const block = createBlock()
      const numbers = packed.names.map((name) => numberOf(pool, name))
      const { cards } = packed
      for (let from = 0; from < cards.length; from += HOLDER_BYTES) {
        const at = cards.readUInt16BE(from)
        cards.copy(block.person, at * 16, from + 2, from + 18)
        block.name[at] = numbers[cards.readUInt32BE(from + 18) - 1] ?? 0
        block.until[at] = cards.readUInt16BE(from + 22)
        block.city[at] = cards.readUInt8(from + 24)
      }
      blocks[number] = block
    },
    put(holder) {
      const block = blocks[Math.floor(holder.index / BLOCK)]
      if (block === undefined) return
      const at = holder.index % BLOCK
      block.person.write(holder.personId.replaceAll('-', ''), at * 16, 16, 'hex')
      block.name[at] = numberOf(pool, holder.maskedName)
      block.until[at] = holder.insuredUntilDay === null ? OPEN : Math.min(holder.insuredUntilDay, OPEN - 1)
      block.city[at] = 1 + CITIES.findIndex((city) => city.code === holder.insuredCity)
    },
    get(index, day) {
      const block = blocks[Math.floor(index / BLOCK)]
      const at = index % BLOCK
      const name = block?.name[at]
      if (block === undefined || name === undefined || name === 0) return undefined
      const until = block.until[at] ?? OPEN
      const insured = until === OPEN || until >= day
      return {
        personId: uuidAt(block.person, at * 16),
        maskedName: pool.names[name] ?? '',
        insuredCity: insured ? (CITIES[(block.city[at] ?? 0) - 1]?.code ?? null) : null,
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
