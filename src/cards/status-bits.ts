import { BLOCK } from './scatter-index.ts'

/** Four places a byte (IETF Token Status List §4: two bits, least significant first). */
export const BLOCK_BYTES = BLOCK / 4

/** What a place says that no card has. The draft leaves 3 to the application. */
export const NO_CARD = 3

const MAX_PLACE = 2 ** 32 - 1

/** The status of all cards of one issuer: two bits a card, 7.2 MiB for thirty million. */
export interface StatusBits {
  /** 0 valid, 1 revoked, 2 suspended, 3 no such card; 3 also beyond the end. */
  get(index: number): number
  set(index: number, status: number): void
  /** Takes a whole block over, as it is stored. */
  setBlock(block: number, bytes: Uint8Array): void
  /** Of the list as it is now; a view, not a copy. */
  bytes(): Uint8Array
}

export function createStatusBits(): StatusBits {
  let bits = new Uint8Array(0)
  const reach = (bytes: number): void => {
    if (bits.length >= bytes) return
    const grown = new Uint8Array(Math.ceil(bytes / BLOCK_BYTES) * BLOCK_BYTES).fill(0xff)
    grown.set(bits)
    bits = grown
  }
  return {
    get(index) {
      // A shift sees 32 bits alone: a place beyond them would be read as a small one.
      const byte = index > MAX_PLACE ? undefined : bits[index >>> 2]
      return byte === undefined ? NO_CARD : (byte >>> ((index & 3) << 1)) & 3
    },
    set(index, status) {
      reach((index >>> 2) + 1)
      putStatus(bits, index, status)
    },
    setBlock(block, bytes) {
      reach((block + 1) * BLOCK_BYTES)
      bits.set(bytes, block * BLOCK_BYTES)
    },
    bytes: () => bits,
  }
}

/** Writes one place; `index` counts from the beginning of `bits`. */
export function putStatus(bits: Uint8Array, index: number, status: number): void {
  const at = index >>> 2
  const shift = (index & 3) << 1
  bits[at] = ((bits[at] ?? 0) & ~(3 << shift)) | (status << shift)
}

/** Bits of a block in which no card has a place. */
export const emptyBlock = (): Uint8Array => new Uint8Array(BLOCK_BYTES).fill(0xff)
