import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { pathToFileURL } from 'node:url'
import { sql } from 'kysely'
import { seedSampleParameters } from '../../benefits/index.ts'
import { seedSampleCatalogue } from '../../catalogue/index.ts'
import { seedInstitutions } from '../../institutions/index.ts'
import { fen } from '../../kernel/money.ts'
import { seedPeople } from '../../people/index.ts'
import type { Runtime } from '../../runtime.ts'
import { openAccounts } from '../../settlement/index.ts'
import { generateInstitutions } from '../institutions.ts'
import { generatePeople } from '../people.ts'
import { openStage, type Stage } from './open-stage.ts'

const SEED = 'faults'
/** 300.00 yuan: some accounts run empty during the run. */
const OPENING_BALANCE = fen(30_000n)
const CLOCK = pathToFileURL(join(import.meta.dirname, 'jumping-clock.ts')).href

export interface SettleStage extends Stage {
  readonly people: readonly string[]
  /** Sets the clocks of all APIs or of all workers wrong by so much. */
  jump(who: 'api' | 'worker', ms: number): Promise<void>
}

/** The hub, the first hospital of each of the four cities, and people of all of them. */
export async function openSettleStage(options: {
  readonly queue: 'postgres' | 'redis'
  readonly processes: number
  readonly people: number
}): Promise<SettleStage> {
  const institutions = generateInstitutions(SEED)
  const senders = institutions.filter((one) => one.recordHolder).map((one) => one.code)
  const clocks = await mkdtemp(join(tmpdir(), 'ymt-faults-clock-'))
  const clockOf = (who: 'api' | 'worker'): string => join(clocks, who)
  const jump = (who: 'api' | 'worker', ms: number): Promise<void> => writeFile(clockOf(who), String(ms))
  const env = (who: 'api' | 'worker') => ({ NODE_OPTIONS: `--import ${CLOCK}`, FAULTS_CLOCK_FILE: clockOf(who) })
  let people: readonly string[] = []
  try {
    await jump('api', 0)
    await jump('worker', 0)
    const stage = await openStage({
      ...options,
      senders,
      env: { api: env('api'), worker: env('worker') },
      async prepare(runtime) {
        await seedInstitutions(runtime.deps, institutions)
        await seedSampleParameters(runtime.deps.db)
        await seedSampleCatalogue(runtime.deps)
        people = await seedInsured(runtime, options.people)
        await deliverTwice(runtime)
      },
    })
    return {
      ...stage,
      people,
      jump,
      async close() {
        await stage.close()
        await rm(clocks, { recursive: true, force: true })
      },
    }
  } catch (error) {
    await rm(clocks, { recursive: true, force: true })
    throw error
  }
}

async function seedInsured({ deps }: Runtime, count: number): Promise<readonly string[]> {
  const people = generatePeople(SEED, count)
  const ids = await seedPeople(deps, people)
  await openAccounts(
    deps,
    people.flatMap(({ insutype, insuredCity }, at) =>
      insutype === '310' ? [{ personId: ids[at] as string, insuredCity, balance: OPENING_BALANCE }] : [],
    ),
  )
  return ids
}

/** Every event of settlement goes into the outbox a second time: each job is delivered twice, in any order. */
async function deliverTwice({ deps }: Runtime): Promise<void> {
  const statements = await readFile(join(import.meta.dirname, 'deliver-twice.sql'), 'utf8')
  await sql.raw(statements).execute(deps.db)
}
