import { createHmac } from 'node:crypto'

/** Places are dealt out block by block, so that memory grows with the number of cards. */
export const BLOCK = 65_536
const ROUNDS = 4

/**
 * The place of an issuer's nth card (from 0) in its list. Within each block of 65,536 the order is shuffled with a key:
 * a place that is seen in a card tells neither when the card was issued nor whose came before. A Feistel network over
 * 16 bits permutes, so no two cards share a place.
 */
export function scatterIndex(key: Uint8Array, n: number): number {
  const block = Math.floor(n / BLOCK)
  let left = (n % BLOCK) >> 8
  let right = n & 0xff
  for (let round = 0; round < ROUNDS; round++) {
    const mixed = createHmac('sha256', key).update(`${block}:${round}:${right}`).digest()[0] ?? 0
    ;[left, right] = [right, left ^ mixed]
  }
  return block * BLOCK + left * 256 + right
}
