import { type CatchUp, startCatchUp } from '../kernel/catch-up.ts'
import type { Deps } from '../kernel/deps.ts'
import { type Connection, openConnection } from './connection.ts'
import { readChangeNo, readHospitals } from './store.ts'

/** The registered hospitals with their open connections, as this process holds them. */
export interface Exchange {
  /** Enabled and disabled ones, in code order. */
  connections(): readonly Connection[]
  get(institution: string): Connection | undefined
  refresh(): Promise<void>
  close(): Promise<void>
}

const EVERY_MS = 1_000

/** Opens the registry and keeps following it. A hospital whose row changed gets new sockets, token and breaker. */
export async function openExchange(deps: Pick<Deps, 'db' | 'clock' | 'keyring' | 'log'>): Promise<Exchange> {
  let open = new Map<string, Connection>()
  let seen = -1n

  const read = async (): Promise<void> => {
    const changeNo = await readChangeNo(deps.db)
    if (changeNo === seen) return
    const hospitals = await readHospitals(deps.db)
    const next = new Map(
      hospitals.map((hospital) => {
        const known = open.get(hospital.institution)
        return [
          hospital.institution,
          known?.hospital.changeNo === hospital.changeNo ? known : openConnection(deps, hospital),
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
    refresh: catchUp.refresh,
    async close() {
      await catchUp.close()
      await Promise.all([...open.values()].map((one) => one.close()))
    },
  }
}
