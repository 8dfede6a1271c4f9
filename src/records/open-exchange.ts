import { type CatchUp, startCatchUp } from '../kernel/catch-up.ts'
import type { Deps } from '../kernel/deps.ts'
import { type Connection, openConnection, type Shared } from './connection.ts'
import { createPlaces } from './places.ts'
import { createResponseCache } from './response-cache.ts'
import { createRoom, type Room } from './room.ts'
import { readChangeNo, readHospitals } from './store.ts'

/** The registered hospitals with their open connections, as this process holds them. */
export interface Exchange {
  /** Enabled and disabled ones, in code order. */
  connections(): readonly Connection[]
  get(institution: string): Connection | undefined
  /** Memory for what the hospitals send. */
  readonly room: Room
  refresh(): Promise<void>
  close(): Promise<void>
}

const EVERY_MS = 1_000

/** Bodies as they were sent; read and written anew, they take five times as much. */
const ROOM_BYTES = 24 * 1024 * 1024
/** Four hospitals that hang with all their sockets leave most of it to the others. */
const REQUESTS_AT_ONCE = 256
const CACHE = { bytes: 32 * 1024 * 1024, answerBytes: 1024 * 1024, ageMs: 5 * 60_000 }
const SWEEP_MS = 60_000

/** Opens the registry and keeps following it. A hospital whose row changed gets new sockets, token and breaker. */
export async function openExchange(deps: Pick<Deps, 'db' | 'clock' | 'keyring' | 'log'>): Promise<Exchange> {
  let open = new Map<string, Connection>()
  let seen = -1n
  const room = createRoom(ROOM_BYTES)
  const shared: Shared = {
    allPlaces: createPlaces({ places: REQUESTS_AT_ONCE, waiting: Number.POSITIVE_INFINITY }),
    cache: createResponseCache(deps.clock, CACHE),
  }
  const sweeping = setInterval(shared.cache.sweep, SWEEP_MS)
  sweeping.unref()

  const read = async (): Promise<void> => {
    const changeNo = await readChangeNo(deps.db)
    if (changeNo === seen) return
    const hospitals = await readHospitals(deps.db)
    const next = new Map(
      hospitals.map((hospital) => {
        const known = open.get(hospital.institution)
        return [
          hospital.institution,
          known?.hospital.changeNo === hospital.changeNo ? known : openConnection(deps, hospital, shared),
        ]
      }),
    )
    const gone = [...open.values()].filter((one) => next.get(one.hospital.institution) !== one)
    open = next
    seen = changeNo
    await Promise.all(gone.map((one) => one.close()))
  }

  const catchUp: CatchUp = await startCatchUp({
    everyMs: EVERY_MS,
    read,
    onError: (error) => deps.log.error({ err: error }, 'the registry of hospitals could not be read'),
  })
  return {
    connections: () => [...open.values()],
    get: (institution) => open.get(institution),
    room,
    refresh: catchUp.refresh,
    async close() {
      clearInterval(sweeping)
      await catchUp.close()
      await Promise.all([...open.values()].map((one) => one.close()))
    },
  }
}
