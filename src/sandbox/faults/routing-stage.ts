import { join } from 'node:path'
import { seedHospitals } from '../../records/index.ts'
import { saveChannel } from '../../routing/index.ts'
import type { Runtime } from '../../runtime.ts'
import { type Spawned, spawnProcess } from '../spawn-process.ts'
import type { Arrival } from './check-arrivals.ts'
import { openStage, type Stage, type Token } from './open-stage.ts'

const HOSPITALS = ['H51060300001', 'H51140200001', 'H51200200001'] as const
const SENDER = 'H51010400001'
const HOSPITAL = join(import.meta.dirname, '..', 'hospital', 'main.ts')

/** The hub and three hospitals that it delivers to. */
export interface RoutingStage extends Stage {
  readonly hospitals: readonly string[]
  readonly token: Token
  fault(hospital: number, fault: object): Promise<void>
  arrivals(hospital: number): Promise<readonly Arrival[]>
}

export async function openRoutingStage(options: {
  readonly queue: 'postgres' | 'redis'
  readonly processes: number
}): Promise<RoutingStage> {
  let hospitals: readonly Spawned[] = []
  const stage = await openStage({
    ...options,
    senders: [SENDER],
    async prepare(runtime, onClose) {
      hospitals = await Promise.all(
        HOSPITALS.map((code) =>
          spawnProcess({ script: HOSPITAL, args: ['--code', code, '--open', '--admin'], readyMember: 'listening' }),
        ),
      )
      onClose(() => Promise.all(hospitals.map((one) => one.stop())))
      await seedHospitals(
        runtime.deps,
        hospitals.map((one, index) => ({
          institution: HOSPITALS[index] as string,
          baseUrl: String(one.ready['listening']),
          auth: { kind: 'none' },
        })),
      )
      await saveFigures(runtime)
    },
  })
  return {
    ...stage,
    hospitals: HOSPITALS,
    token: stage.tokens[0] as Token,
    fault: (hospital, fault) => tellHospital(hospitals[hospital] as Spawned, fault),
    arrivals: (hospital) => askHospital(hospitals[hospital] as Spawned),
  }
}

/** Impatient figures: what takes hours in life takes seconds here. Nothing is given up. */
async function saveFigures({ deps }: Runtime): Promise<void> {
  await saveChannel(
    deps,
    { clientId: 'faults', requestId: 'faults' },
    {
      event: 'referral',
      // A row may not begin in the past, which a moment from now is not even on a busy machine.
      effectiveFrom: new Date(deps.clock.now().getTime() + 1_000),
      maxBodyBytes: 65_536,
      maxAttempts: 1_000,
      maxAgeMs: 3_600_000,
      backoffBaseMs: 100,
      backoffCapMs: 1_000,
      deadlineMs: 1_000,
      retryUnknown: true,
      deadBlocks: true,
      bodyDays: 7,
      purpose: 'TREAT',
      logDays: 31,
      sourceDocument: 'faults test',
      verified: false,
    },
  )
}

async function tellHospital(hospital: Spawned, fault: object): Promise<void> {
  const answer = await fetch(new URL('/admin/fault', String(hospital.ready['listening'])), {
    method: 'POST',
    headers: { 'content-type': 'application/json' },
    body: JSON.stringify(fault),
  })
  if (answer.status !== 204) throw new Error(`a hospital did not take the fault: ${answer.status}`)
}

async function askHospital(hospital: Spawned): Promise<readonly Arrival[]> {
  const answer = await fetch(new URL('/admin/messages', String(hospital.ready['listening'])))
  const { received } = (await answer.json()) as { received: readonly Arrival[] }
  return received
}
