import { createServer, type Socket } from 'node:net'
import type { LabsDeps } from '../caller.ts'
import { encodeAscii } from '../hl7v2/charset.ts'
import { isAmong, plainAddress } from '../peer.ts'
import { answerFault, receiveHl7 } from '../receive-hl7.ts'
import { readSenders } from '../sender-store.ts'
import { createFrames, frame } from './frames.ts'

export interface MllpServer {
  readonly port: number
  /** Takes no more messages, answers those that are whole, and resolves when all connections are closed. */
  close(): Promise<void>
}

/** Laboratories hold their connection open; an idle one is closed after this, and the sender opens another. */
const IDLE_MS = 30 * 60_000
const MAX_CONNECTIONS = 500
const MAX_CONNECTIONS_OF_ADDRESS = 20
/** Whole messages of one connection that wait, beyond which, or beyond the size of one, the sender is not read from. */
const MAX_WAITING = 8

/**
 * Listens for HL7 v2 over MLLP. TLS ends in front; a peer that is not among the addresses of any registered sender is
 * hung up on before a byte is read. Messages of one connection are dealt with in order, one at a time.
 */
export async function openMllp(
  deps: LabsDeps,
  options: { readonly host: string; readonly port: number; readonly idleMs?: number; readonly frameMs?: number },
): Promise<MllpServer> {
  const connections = new Map<Socket, Connection>()
  const server = createServer({ pauseOnConnect: true, noDelay: true, keepAlive: true }, (socket) => {
    const address = plainAddress(socket.remoteAddress ?? '')
    const ofAddress = [...connections.values()].filter((one) => one.address === address).length
    socket.on('error', () => socket.destroy())
    if (connections.size >= MAX_CONNECTIONS || ofAddress >= MAX_CONNECTIONS_OF_ADDRESS) {
      socket.destroy()
      return
    }
    const connection = serve(deps, socket, address, {
      idleMs: options.idleMs ?? IDLE_MS,
      frameMs: options.frameMs ?? deps.config.requestTimeoutMs,
    })
    connections.set(socket, connection)
    socket.once('close', () => connections.delete(socket))
  })
  await new Promise<void>((resolve, reject) => {
    server.once('error', reject)
    server.listen({ host: options.host, port: options.port }, () => {
      server.off('error', reject)
      resolve()
    })
  })
  server.on('error', (error) => deps.log.error({ err: error, area: 'labs' }, 'the MLLP port failed'))
  const bound = server.address()
  if (bound === null || typeof bound === 'string') throw new TypeError('the MLLP port has no address')
  return {
    port: bound.port,
    async close() {
      const closed = new Promise<void>((resolve) => void server.close(() => resolve()))
      await Promise.all([...connections.values()].map((connection) => connection.end()))
      await closed
    },
  }
}

interface Connection {
  readonly address: string
  /** Answers what is whole, then closes. */
  end(): Promise<void>
}

function serve(
  deps: LabsDeps,
  socket: Socket,
  address: string,
  limits: { readonly idleMs: number; readonly frameMs: number },
): Connection {
  const frames = createFrames(deps.config.bodyLimitBytes)
  const waiting: Buffer[] = []
  let waitingBytes = 0
  let working: Promise<void> | undefined
  let frameTimer: NodeJS.Timeout | undefined
  let ended = false

  const isFull = (): boolean => waiting.length >= MAX_WAITING || waitingBytes >= deps.config.bodyLimitBytes

  const hangUp = (why: string): void => {
    if (socket.destroyed) return
    deps.log.warn({ area: 'labs', verb: 'mllp', address, why }, 'an MLLP connection was closed')
    socket.destroy()
  }
  /** A frame has its whole time from its first byte on: a byte now and then does not stretch it. */
  const watchFrame = (): void => {
    if (!frames.isOpen()) {
      clearTimeout(frameTimer)
      frameTimer = undefined
    } else frameTimer ??= setTimeout(() => hangUp('slow'), limits.frameMs)
  }
  const work = async (): Promise<void> => {
    for (let message = waiting.shift(); message !== undefined; message = waiting.shift()) {
      waitingBytes -= message.length
      if (!ended && !isFull()) socket.resume()
      const answer = await receiveHl7(deps, message, { kind: 'mllp', address }).catch((error: unknown) => {
        deps.log.error({ err: error, area: 'labs', verb: 'mllp' }, 'a message could not be dealt with')
        return answerFault(deps, message)
      })
      if (socket.destroyed) return
      // Who reads no answers would hold its connection, and a stop of the server, for ever.
      const writing = setTimeout(() => hangUp('reads-nothing'), limits.frameMs)
      await new Promise<void>((resolve) => void socket.write(frame(encodeAscii(answer.text)), () => resolve()))
      clearTimeout(writing)
    }
  }
  socket.on('data', (chunk: Buffer) => {
    const whole = frames.push(chunk)
    if (typeof whole === 'string') {
      hangUp(whole)
      return
    }
    watchFrame()
    for (const message of whole) {
      waiting.push(message)
      waitingBytes += message.length
    }
    if (isFull()) socket.pause()
    if (whole.length > 0) {
      working ??= work().finally(() => {
        working = undefined
      })
    }
  })
  socket.setTimeout(limits.idleMs, () => {
    if (working === undefined) hangUp('idle')
  })
  socket.once('close', () => clearTimeout(frameTimer))

  void isRegistered(deps, address).then(
    (registered) => {
      if (registered) socket.resume()
      else hangUp('not-registered')
    },
    (error: unknown) => {
      deps.log.error({ err: error, area: 'labs', verb: 'mllp' }, 'the register of senders could not be read')
      socket.destroy()
    },
  )
  return {
    address,
    async end() {
      ended = true
      socket.pause()
      await working
      if (socket.destroyed) return
      await new Promise<void>((resolve) => {
        socket.once('close', () => resolve())
        socket.end(() => socket.destroy())
      })
    },
  }
}

async function isRegistered(deps: Pick<LabsDeps, 'db'>, address: string): Promise<boolean> {
  const senders = await readSenders(deps.db)
  return senders.some((sender) => sender.enabled && isAmong(address, sender.addresses))
}
