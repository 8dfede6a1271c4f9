import { join } from 'node:path'
import { spawnProcess } from '../src/sandbox/spawn-process.ts'
import type { BenchRun } from './bench.ts'
import { type Child, startChild } from './child.ts'
import { openDatabaseBeside, type Place } from './place.ts'
import { programs } from './programs.ts'
import { HOSPITALS, LARGE_OBSERVATIONS, OBSERVATIONS, patientIdOf, writeRecords } from './records-data.ts'
import { writeOrderRecords } from './records-order.ts'
import { benchPeople, type Population } from './seed.ts'
import type { BenchClient } from './service.ts'

/** A test hospital in a process of its own. */
export interface BenchHospital {
  readonly code: string
  /** FHIR base address. */
  readonly baseUrl: string
  fault(fault: object): Promise<void>
}

/** An API, the hospitals that it asks, and who asks it. */
export interface Scene {
  readonly api: Child
  readonly url: string
  readonly hospitals: readonly BenchHospital[]
  readonly client: BenchClient
  /** Person ids, in the order of the hospitals' patients. */
  readonly people: readonly string[]
}

/** What the records bench needs; each part is made when a case first needs it. */
export interface RecordsStage {
  /** Four hospitals as far away as hospitals are, each holding a quarter of a hundred observations of each person. */
  readonly usual: () => Promise<Scene>
  /** Four hospitals next door that answer with five megabytes each, and an API that has done nothing else. */
  readonly large: () => Promise<Scene>
  /** Four hospitals that answer in 50 ms, each with the reports of some visits of each person, and a register for them. */
  readonly order: () => Promise<Scene>
  readonly asker: () => Promise<Child>
  /** Who sends messages, and the plain rows that they are compared with. */
  readonly teller: () => Promise<Child>
  readonly rows: () => Promise<Child>
  readonly presser: () => Promise<Child>
}

const LATENCIES_MS = [40, 60, 80, 100] as const
const ORDER_LATENCY_MS = 50
const ORDER_PEOPLE = 200
/** Their answers are more than what is kept of answers, so that no hospital is spared sending them. */
const PEOPLE = 400
/** Nobody waits so long; the bench wants to see all answers, whatever they cost. */
const LARGE_DEADLINE_MS = 60_000

type Size = 'usual' | 'large' | 'order'

const PEOPLE_OF: Readonly<Record<Size, number>> = { usual: PEOPLE, large: 1, order: ORDER_PEOPLE }

function latencyOf(size: Size, index: number): number {
  if (size === 'order') return ORDER_LATENCY_MS
  return size === 'usual' ? (LATENCIES_MS[index] as number) : 0
}

const MAIN = join(import.meta.dirname, '..', 'src', 'sandbox', 'hospital', 'main.ts')

export function openRecordsStage({ cleanup, place, say }: Pick<BenchRun, 'cleanup' | 'place' | 'say'>): RecordsStage {
  const startHospital = async (code: string, size: Size, latencyMs: number): Promise<BenchHospital> => {
    const people = benchPeople(PEOPLE_OF[size])
    const data =
      size === 'order'
        ? await writeOrderRecords(place.dir, code, people)
        : await writeRecords(place.dir, code, people, size)
    const latency = latencyMs === 0 ? [] : ['--latency-ms', String(latencyMs)]
    const child = await spawnProcess({
      script: MAIN,
      args: ['--code', code, '--open', '--admin', '--data', data, ...latency],
      readyMember: 'listening',
    })
    cleanup.add(async () => void (await child.stop()))
    const baseUrl = String(child.ready['listening'])
    return {
      code,
      baseUrl,
      async fault(fault) {
        const answer = await fetch(new URL('/admin/fault', baseUrl), {
          method: 'POST',
          headers: { 'content-type': 'application/json' },
          body: JSON.stringify(fault),
        })
        if (answer.status !== 204) throw new Error(`the fault was not taken: ${answer.status}`)
      },
    }
  }

  const open = async (size: Size, at: Place, env: Record<string, string>): Promise<Scene> => {
    say(`records: starting four hospitals (${size})`)
    const hospitals: BenchHospital[] = []
    for (const [index, code] of HOSPITALS.entries()) {
      hospitals.push(await startHospital(code, size, latencyOf(size, index)))
    }
    const filler = await startChild(cleanup, programs.api, at)
    const { client, people } = await filler.ask<Population>('seed', PEOPLE_OF[size])
    await filler.ask(
      'hospitals',
      // Sockets for every question at once: what is measured is the hub, not the queue before a hospital.
      hospitals.map(({ code, baseUrl }) => ({ institution: code, baseUrl, auth: { kind: 'none' }, maxSockets: 16 })),
    )
    if (size === 'order') {
      await filler.ask(
        'recognition',
        HOSPITALS.map((code) => ({ code, city: `${code.slice(1, 5)}00` })),
      )
    }
    await filler.stop()
    const api = await startChild(cleanup, programs.api, at, env)
    return { api, url: await api.ask<string>('url'), hospitals, client, people }
  }

  return {
    usual: once(() => open('usual', place, {})),
    large: once(async () => {
      const beside = await openDatabaseBeside(place, 'records_large')
      return await open('large', beside, { YMT_RECORDS_DEADLINE_MS: String(LARGE_DEADLINE_MS) })
    }),
    order: once(async () => {
      const beside = await openDatabaseBeside(place, 'records_order')
      return await open('order', beside, { YMT_RECOGNITION_DEADLINE_MS: String(LARGE_DEADLINE_MS) })
    }),
    presser: once(() => startChild(cleanup, programs.press, place)),
    asker: once(() => startChild(cleanup, programs.ask, place)),
    teller: once(() => startChild(cleanup, programs.tell, place)),
    rows: once(() => startChild(cleanup, programs.rows, place)),
  }
}

/** Searches of all observations of each person, at the hub. */
export const hubAddresses = ({ url, people }: Scene): readonly string[] =>
  people.map((person) => `${url}/fhir/Observation?patient=${person}&_count=${HOSPITALS.length * OBSERVATIONS}`)

export const largeAddresses = ({ url, people }: Scene): readonly string[] =>
  people.map((person) => `${url}/fhir/Observation?patient=${person}&_count=${LARGE_OBSERVATIONS}`)

/** The same at one hospital, by whoever knows its patients already. */
export const hospitalAddresses = ({ baseUrl }: BenchHospital, { people }: Scene): readonly string[] =>
  people.map(
    (_, index) =>
      `${baseUrl}/Observation?patient=${encodeURIComponent(`Patient/${patientIdOf(index)}`)}&_sort=-date&_count=${OBSERVATIONS}`,
  )

/** The first call makes it, the later ones get it. */
function once<T>(make: () => Promise<T>): () => Promise<T> {
  let made: Promise<T> | undefined
  return () => (made ??= make())
}
