import { Readable } from 'node:stream'
import { setTimeout as delay } from 'node:timers/promises'
import { gzipSync } from 'node:zlib'
import type { FastifyReply } from 'fastify'
import { FHIR_JSON } from './outcome.ts'

/** Answers that a hospital in its right mind never gives: each is to be contained by whoever asks. */
export const MALICE_KINDS = ['endless', 'drip', 'wrong-type', 'redirect', 'deep', 'bomb'] as const
export type MaliceKind = (typeof MALICE_KINDS)[number]

export interface Malice {
  readonly kind: MaliceKind
  /** drip: milliseconds between two bytes. */
  readonly ms?: number
  /** bomb: bytes after unfolding; deep: levels. */
  readonly bytes?: number
  /** redirect: where to; left out: to the same address again, for ever. */
  readonly url?: string
}

const EMPTY = '{"resourceType":"Bundle","type":"searchset","total":0}'
const DRIP_MS = 50
const BOMB_BYTES = 64 * 1024 * 1024
const LEVELS = 10_000

/** `stop` ends bodies without end when the server closes. */
export function sendMalice(malice: Malice, address: string, reply: FastifyReply, stop: AbortSignal): void {
  switch (malice.kind) {
    case 'endless':
      void reply.code(200).type(FHIR_JSON).send(Readable.from(endless()))
      return
    case 'drip':
      void reply
        .code(200)
        .type(FHIR_JSON)
        .send(Readable.from(drip(malice.ms ?? DRIP_MS, stop)))
      return
    case 'wrong-type':
      void reply.code(200).type('text/plain').send(EMPTY)
      return
    case 'redirect':
      void reply
        .code(302)
        .header('location', malice.url ?? address)
        .send()
      return
    case 'deep': {
      const levels = malice.bytes ?? LEVELS
      const nest = `${'['.repeat(levels)}${']'.repeat(levels)}`
      void reply
        .code(200)
        .type(FHIR_JSON)
        .send(`${EMPTY.slice(0, -1)},"extension":${nest}}`)
      return
    }
    case 'bomb':
      void reply
        .code(200)
        .type(FHIR_JSON)
        .header('content-encoding', 'gzip')
        .send(bombOf(malice.bytes ?? BOMB_BYTES))
  }
}

/** White space before a document that never begins: valid JSON as far as anybody can tell. */
function* endless(): Generator<string> {
  const blank = ' '.repeat(65_536)
  for (;;) yield blank
}

/** A good answer, byte by byte: it would be whole in the end, but nobody waits so long. */
async function* drip(ms: number, stop: AbortSignal): AsyncGenerator<string> {
  for (const character of EMPTY) {
    if (stop.aborted) return
    yield character
    await delay(ms, undefined, { signal: stop }).catch(() => undefined)
  }
}

const bombs = new Map<number, Buffer>()

function bombOf(bytes: number): Buffer {
  const known = bombs.get(bytes)
  if (known !== undefined) return known
  const bomb = gzipSync(`${' '.repeat(bytes)}${EMPTY}`)
  bombs.set(bytes, bomb)
  return bomb
}
