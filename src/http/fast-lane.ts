import type { IncomingMessage, RequestListener, ServerResponse } from 'node:http'
import { Readable } from 'node:stream'
import proxyAddr from '@fastify/proxy-addr'
import type { Config } from '../kernel/config.ts'
import { newId } from '../kernel/ids.ts'
import { countMembers, MAX_JSON_DEPTH, scanJson } from '../kernel/json-depth.ts'
import type { Logger } from '../kernel/log.ts'
import type { Access, Caller } from './access.ts'
import type { AddressWindow } from './address-window.ts'
import { apiHeaders } from './api-headers.ts'
import type { App } from './app-type.ts'
import { accessRefusal, type Callers } from './auth.ts'
import { givenRequestId } from './request-id.ts'

/** A request as a lane sees it: who asks is known and allowed, the body is JSON. */
export interface LaneCall {
  readonly body: unknown
  readonly caller: Caller
  readonly requestId: string
  readonly address: string
}

/**
 * A short way through the server for one route that is asked tens of thousands of times a second. It answers the
 * common case and nothing else: whatever it does not take goes through Fastify's route of the same address, which
 * gives every error and decides the same.
 */
export interface Lane {
  readonly url: string
  readonly access: Access
  /** Longer bodies go the ordinary way. */
  readonly maxBytes: number
  /**
   * JSON text of the answer (status 200), or undefined to go the ordinary way: then it must have done nothing. A promise
   * that is rejected goes the ordinary way too, and meets the same fault there.
   */
  answer(call: LaneCall): string | undefined | Promise<string>
}

/** Set where the lane has counted the request's address already. */
export const COUNTED = Symbol('counted')
const BODY = Symbol('body')
const READING = Symbol('reading')

/** A request that a lane takes, while its body arrives. */
interface Reading {
  readonly lane: Lane
  readonly caller: Caller
  readonly address: string
  readonly response: ServerResponse
  readonly chunks: Buffer[]
}

declare module 'node:http' {
  interface IncomingMessage {
    [COUNTED]?: boolean
    /** What the lane read before it stepped back. */
    [BODY]?: Buffer
    [READING]?: Reading | undefined
  }
}

declare module 'fastify' {
  interface FastifyInstance {
    /** Lanes by address; routes that have one add it while the app is built. */
    lanes: Map<string, Lane>
  }
}

interface LaneDeps {
  readonly config: Config
  readonly log: Logger
  readonly callers: Callers
  readonly addresses: AddressWindow
  /** Requests of each client at this process. */
  readonly clients: AddressWindow
  isClosing(): boolean
}

/** How often the lane says in the log what it did: a line for each request would cost more than its answer. */
const SUMMARY_MS = 10_000

/** Puts the lanes in front of Fastify's own listener. */
export function useLanes(app: App, deps: LaneDeps): void {
  const lanes = new Map<string, Lane>()
  app.decorate('lanes', lanes)
  // The body of a request that stepped back was read already: Fastify reads it from memory.
  app.addHook('preParsing', async (request, _reply, payload) => {
    const body = request.raw[BODY]
    return body === undefined ? payload : Object.assign(Readable.from([body]), { receivedEncodedLength: body.length })
  })
  const fixed = Object.entries(apiHeaders(deps.config)).flat()
  const trust = deps.config.trustProxy === false ? undefined : proxyAddr.compile(deps.config.trustProxy)
  const addressOf = (request: IncomingMessage): string =>
    // A socket that was reset in this moment has none.
    (trust === undefined ? request.socket.remoteAddress : proxyAddr(request, trust)) || 'unknown'
  const summary = openSummary(deps.log)
  app.addHook('onClose', async () => summary.close())

  const later = gatherWrites()
  const ordinary = app.server.listeners('request')[0] as RequestListener
  app.server.removeAllListeners('request')
  app.server.on('request', (request: IncomingMessage, response: ServerResponse) => {
    const lane = request.method === 'POST' ? lanes.get(request.url ?? '') : undefined
    const caller = lane === undefined || deps.isClosing() ? undefined : readCaller(request, lane)
    if (lane === undefined || caller === undefined) {
      ordinary(request, response)
      return
    }
    const address = addressOf(request)
    request[COUNTED] = true
    // Counted once; beyond a limit the ordinary way counts again and says so.
    if (deps.addresses.count(address) > 0 || deps.clients.count(caller.clientId) > 0) {
      request[COUNTED] = false
      ordinary(request, response)
      return
    }
    request[READING] = { lane, caller, address, response, chunks: [] }
    request.on('data', keepChunk)
    request.on('end', answerWhole)
  })

  function answerWhole(this: IncomingMessage): void {
    const reading = this[READING]
    if (reading === undefined) return
    // An open connection keeps its last request until the next one: what hangs on it would grow old in the heap.
    this[READING] = undefined
    const { lane, caller, address, response, chunks } = reading
    const [only] = chunks
    const bytes = chunks.length === 1 && only !== undefined ? only : Buffer.concat(chunks)
    const requestId = givenRequestId(this.headers['x-request-id']) ?? newId<'request'>()
    const stepBack = (): void => {
      this[BODY] = bytes
      ordinary(this, response)
    }
    const send = (text: string): void => {
      summary.count(lane.url)
      response.writeHead(200, [
        'content-type',
        'application/json; charset=utf-8',
        'content-length',
        Buffer.byteLength(text),
        'x-request-id',
        requestId,
        ...fixed,
        // As on the ordinary way: a connection that stayed open would keep the server from closing.
        ...(deps.isClosing() ? ['connection', 'close'] : []),
      ] as unknown as string[])
      later(response, text)
    }
    const body = parse(bytes)
    const answer = body === undefined ? undefined : attempt(lane, { body, caller, requestId, address })
    if (answer === undefined) stepBack()
    else if (typeof answer === 'string') send(answer)
    else answer.then(send, stepBack)
  }

  /** The caller, where this is a request that the lane can take. */
  function readCaller(request: IncomingMessage, lane: Lane): Caller | undefined {
    const { headers } = request
    if (headers['content-type'] !== 'application/json' || headers['content-encoding'] !== undefined) return undefined
    // A length that is stated is held to by Node's parser; without one the body could be of any size.
    const length = Number(headers['content-length'] ?? Number.NaN)
    if (!(length <= lane.maxBytes) || headers['idempotency-key'] !== undefined) return undefined
    if (headers.authorization === undefined || headers.expect !== undefined) return undefined
    const caller = deps.callers.known(headers.authorization)
    return caller === undefined || accessRefusal(caller, lane.access) !== undefined ? undefined : caller
  }
}

/**
 * Answers of one turn of the loop go out together. Each write wakes whoever waits at the other end; between two signature
 * checks he has just fallen asleep again, and waking him costs more than the write (a fifth of a verification, measured).
 */
function gatherWrites(): (response: ServerResponse, text: string) => void {
  let responses: ServerResponse[] = []
  let texts: string[] = []
  const writeAll = (): void => {
    const [now, what] = [responses, texts]
    responses = []
    texts = []
    for (const [at, response] of now.entries()) response.end(what[at])
  }
  return (response, text) => {
    texts.push(text)
    if (responses.push(response) === 1) setImmediate(writeAll)
  }
}

function keepChunk(this: IncomingMessage, chunk: Buffer): void {
  this[READING]?.chunks.push(chunk)
}

/** A fault here would be nobody's: on the ordinary way it is met again, answered and logged. */
function attempt(lane: Lane, call: LaneCall): ReturnType<Lane['answer']> {
  try {
    return lane.answer(call)
  } catch {
    return undefined
  }
}

function parse(bytes: Buffer): unknown {
  try {
    const text = bytes.toString('utf8')
    const body: unknown = JSON.parse(text)
    // A member that comes twice: the ordinary way refuses it.
    return scanJson(text, MAX_JSON_DEPTH).members === countMembers(body) ? (body ?? undefined) : undefined
  } catch {
    // The ordinary way says what is wrong with it.
    return undefined
  }
}

/** Counts answers by address of the route, and logs the counts. */
function openSummary(log: Logger) {
  const counts = new Map<string, number>()
  const write = (): void => {
    for (const [route, requests] of counts) {
      log.info({ area: route.split('/')[1], verb: 'POST', route, status: 200, requests }, 'requests')
    }
    counts.clear()
  }
  const timer = setInterval(write, SUMMARY_MS).unref()
  return {
    count: (route: string): void => void counts.set(route, (counts.get(route) ?? 0) + 1),
    close(): void {
      clearInterval(timer)
      write()
    },
  }
}
