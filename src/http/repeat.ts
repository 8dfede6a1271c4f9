import { Type } from 'typebox'
import type { Tx } from '../kernel/db.ts'
import type { Deps } from '../kernel/deps.ts'
import { requestError } from '../kernel/errors.ts'
import { type Answer, hashRequest, once, type StoredAnswer, storedAnswer } from '../kernel/idempotency.ts'
import type { OnceKey } from '../kernel/idempotency-store.ts'
import { looksPersonal } from '../kernel/log.ts'
import type { App, FastifyReply, FastifyRequest } from './app-type.ts'

/** What the stored answers need: they are encrypted. */
type RepeatDeps = Pick<Deps, 'db' | 'clock' | 'keyring'>

const KEY = /^[\x21-\x7e]{1,128}$/

/** Header schema of every route with `repeat: 'key'`, for the API reference. */
export const IdempotencyHeaders = Type.Object({
  'idempotency-key': Type.String({
    minLength: 1,
    maxLength: 128,
    description: 'Chosen by the client, new for each piece of work: the same key and body give the same answer again.',
    examples: ['01975b4e-6a3c-7e10-9b1f-0f6f1c2d3e4f'],
  }),
})

/** Refuses a keyed request without its key, before its body is looked at. */
export function useRepeat(app: App): void {
  app.addHook('onRequest', async (request) => {
    if (request.routeOptions.config.repeat === 'key') readKey(request)
  })
}

export function readKey(request: FastifyRequest): string {
  const key = request.headers['idempotency-key']
  const problem = problemOfKey(key)
  if (problem !== undefined) {
    throw requestError('key-missing', {
      detail: 'Send an Idempotency-Key header of 1 to 128 visible ASCII characters.',
      errors: [{ pointer: 'headers/idempotency-key', detail: problem }],
    })
  }
  return key as string
}

function problemOfKey(key: unknown): string | undefined {
  if (typeof key !== 'string') return 'is required'
  if (!KEY.test(key)) return 'has characters that are not allowed, or is too long'
  // Keys are stored: one that is an identity number would keep it in clear.
  return looksPersonal(key) ? 'looks like an identity or phone number; take a random key' : undefined
}

/** Digest of what was asked: method, address and body as parsed. */
export function requestHash(request: FastifyRequest): Buffer {
  return hashRequest(request.method, request.url, JSON.stringify(request.body ?? null))
}

/**
 * Does the work of a keyed route once and sends its answer; a repeat gets the stored one with
 * `Idempotency-Replayed: true`.
 */
export async function answerOnce(
  deps: RepeatDeps,
  request: FastifyRequest,
  reply: FastifyReply,
  work: (tx: Tx) => Promise<Answer>,
): Promise<FastifyReply> {
  return sendStored(reply, await once(deps, keyOf(request), work, writtenBy(reply)))
}

/**
 * The same for work that needs something from elsewhere: `prepare` runs before the transaction begins, so that no lock
 * waits for a network, and not at all for a repeat.
 */
export async function answerOnceAfter<T>(
  deps: RepeatDeps,
  request: FastifyRequest,
  reply: FastifyReply,
  prepare: () => Promise<T>,
  work: (tx: Tx, prepared: T) => Promise<Answer>,
): Promise<FastifyReply> {
  const key = keyOf(request)
  const stored = await storedAnswer(deps, key)
  if (stored !== undefined) return sendStored(reply, stored)
  const prepared = await prepare()
  return sendStored(reply, await once(deps, key, (tx) => work(tx, prepared), writtenBy(reply)))
}

function keyOf(request: FastifyRequest): OnceKey {
  return { clientId: request.caller.clientId, key: readKey(request), requestHash: requestHash(request) }
}

/** The response schema decides what may leave, for the stored text as well. */
function writtenBy(reply: FastifyReply): { readonly serialize: (answer: Answer) => string } {
  return {
    serialize: (answer) => reply.code(answer.status).serialize(answer.body as Record<string, unknown>) as string,
  }
}

function sendStored(reply: FastifyReply, stored: StoredAnswer): FastifyReply {
  if (stored.location !== null) reply.header('location', stored.location)
  if (stored.replayed) reply.header('idempotency-replayed', 'true')
  return reply
    .code(stored.status)
    .type('application/json; charset=utf-8')
    .serializer((text: string) => text)
    .send(stored.text)
}
