import assert from 'node:assert/strict'
import { afterAll, beforeAll } from 'vitest'
import { seedSampleParameters } from '../../src/benefits/index.ts'
import type { CityCode } from '../../src/codes/index.ts'
import type { App } from '../../src/http/app-type.ts'
import { createServer } from '../../src/http/server.ts'
import { seedInstitutions } from '../../src/institutions/index.ts'
import { createOutbox, deliver } from '../../src/kernel/outbox.ts'
import { createQueues, type Queues } from '../../src/kernel/queue.ts'
import { inTx } from '../../src/kernel/tx.ts'
import { type Live, openLive } from '../../src/live.ts'
import { seedPeople } from '../../src/people/index.ts'
import { generateInstitutions } from '../../src/sandbox/institutions.ts'
import { generatePeople } from '../../src/sandbox/people.ts'
import {
  type Keyed,
  type SentBill,
  type Settlement,
  type Submitted,
  settlementRoutes,
  settlementSubscriptions,
  submitClaimIn,
} from '../../src/settlement/index.ts'
import { type ItemTerms, seedItems } from '../support/catalogue.ts'
import type { TestDatabase } from '../support/database.ts'
import { type TestDeps, testDeps, testQueueStore } from '../support/deps.ts'
import { tokenMinter } from '../support/tokens.ts'

export interface Stage {
  readonly app: App
  readonly deps: TestDeps
  readonly live: Live
  readonly settlement: Settlement
  readonly queues: Queues
  /** National code of a hospital of this level that all four cities recognise. */
  hospital(city: CityCode, level: 1 | 2 | 3): string
  /** National code of a pharmacy that all four cities recognise. */
  pharmacy(city: CityCode): string
  /** National code of a pharmacy whose designation has ended. */
  formerPharmacy(): string
  /** Registers an employee (or resident) insured in the city. */
  person(city: CityCode, of?: { insutype?: '310' | '390'; psnType?: string }): Promise<string>
  headers(
    role: 'hospital' | 'pharmacy' | 'bureau' | 'operator',
    of: { institution?: string; city?: string },
  ): Promise<Record<string, string>>
  claim(institution: string, body: object, options?: { key?: string; prefer?: string }): Promise<Answer>
  reverse(institution: string, claimId: string, key?: string): Promise<Answer>
  get(url: string, as: Record<string, string>): Promise<Answer>
}

export interface Answer {
  readonly status: number
  readonly headers: Readonly<Record<string, unknown>>
  /** Read by its documented fields; a wrong name fails the test. */
  readonly body: ReturnType<typeof JSON.parse>
}

const INSTITUTIONS = generateInstitutions('settlement tests')

/** The items of the bills of these tests. */
const ITEMS: readonly ItemTerms[] = [
  { code: 'TEST001' },
  { code: 'T1' },
  { code: 'CLASS-B', chrgitmLv: '02', selfpayProp: '0.1' },
  { code: 'CLASS-C', chrgitmLv: '03' },
  { code: 'LIMITED', chrgitmLv: '02', selfpayProp: '0.1', pricUplmtAmt: '100' },
  { code: 'RESTRICTED', lmtUsedFlag: '1' },
]

/** The settlement API over real institutions, people, policy, queue and worker. */
export function useStage(
  database: TestDatabase,
  options: {
    worker?: boolean
    env?: Record<string, string>
    routes?: (app: App, deps: TestDeps, settlement: Settlement) => void
  } = {},
): Stage {
  let stage: Stage | undefined
  const stops: (() => Promise<unknown>)[] = []

  beforeAll(async () => {
    stage = await openStage(database, options, stops)
  })
  afterAll(async () => {
    for (const stop of stops.reverse()) await stop()
  })
  return new Proxy({} as Stage, {
    get: (_none, name) => {
      assert(stage !== undefined, 'useStage() gives its parts from beforeAll on')
      return stage[name as keyof Stage]
    },
  })
}

async function openStage(
  database: TestDatabase,
  options: NonNullable<Parameters<typeof useStage>[1]>,
  stops: (() => Promise<unknown>)[],
): Promise<Stage> {
  const env = { YMT_RATE_PER_MINUTE: '100000000', ...options.env }
  const base = testDeps(database, { env })
  const fail = (error: unknown): never => {
    throw error
  }
  const queues = createQueues(testQueueStore(database.url), fail)
  stops.push(() => queues.close())
  const routes = [{ topic: 'settlement.claim-submitted', queue: 'settlement' }]
  const outbox = createOutbox({ db: base.db, clock: base.clock, routes, enqueue: queues.enqueue, onError: fail })
  stops.push(() => outbox.settled())
  const deps: TestDeps = { ...base, outbox }

  await seedInstitutions(deps, INSTITUTIONS)
  await seedSampleParameters(deps.db)
  await seedItems(deps, ITEMS)
  const live = await openLive(deps)
  stops.push(() => live.close())
  const { settlement } = live
  if (options.worker !== false) {
    const subscriptions = settlementSubscriptions(settlement)
    const worker = await queues.work('settlement', {
      concurrency: 8,
      run: async (job) => void (await deliver(deps.db, deps.clock, subscriptions, job.outboxId)),
      onError: fail,
    })
    stops.push(() => worker.close())
  }

  const keys = live.tokenKeys
  const app = await createServer({ ...deps, tokenKeys: keys })
  stops.push(() => app.close())
  settlementRoutes(app, { ...deps, ...live })
  options.routes?.(app, deps, settlement)
  await app.ready()
  const mint = tokenMinter(deps, keys)
  const tokens = new Map<string, Promise<string>>()
  const seeds = generatePeople('settlement tests', 400)
  let next = 0

  const headers: Stage['headers'] = async (role, of) => {
    const name = `${role} ${of.institution ?? ''} ${of.city ?? ''}`
    const token = tokens.get(name) ?? mint(role, of)
    tokens.set(name, token)
    return { authorization: `Bearer ${await token}` }
  }
  const send = async (
    method: 'GET' | 'POST',
    url: string,
    as: Record<string, string>,
    payload?: object,
  ): Promise<Answer> => {
    const answer = await app.inject({ method, url, headers: as, ...(payload ? { payload } : {}) })
    return { status: answer.statusCode, headers: answer.headers, body: answer.body === '' ? undefined : answer.json() }
  }
  let keyNo = 0
  return {
    app,
    deps,
    live,
    settlement,
    queues,
    hospital(city, level) {
      const found = INSTITUTIONS.find(
        (one) =>
          one.kind === 'hospital' &&
          one.city === city &&
          one.level === level &&
          one.recognisedBy.length === 4 &&
          one.suspensions.length === 0 &&
          one.designations.some((period) => period.to === null),
      )
      assert(found !== undefined, `no hospital of level ${level} in ${city}`)
      return found.code
    },
    pharmacy(city) {
      const found = INSTITUTIONS.find(
        (one) =>
          one.kind === 'pharmacy' &&
          one.city === city &&
          one.recognisedBy.length === 4 &&
          one.suspensions.length === 0 &&
          one.designations.some((period) => period.to === null),
      )
      assert(found !== undefined, `no pharmacy in ${city}`)
      return found.code
    },
    formerPharmacy() {
      const found = INSTITUTIONS.find((one) => one.scenario === 'pharmacy-designation-ended')
      assert(found !== undefined, 'no pharmacy whose designation has ended')
      return found.code
    },
    async person(insuredCity, of = {}) {
      const seed = seeds[next++]
      assert(seed !== undefined, 'the stage has 400 people')
      const [id] = await seedPeople(deps, [
        { ...seed, insuredCity, insutype: of.insutype ?? '310', psnType: of.psnType ?? '11' },
      ])
      assert(id !== undefined)
      return id
    },
    headers,
    async claim(institution, body, { key, prefer } = {}) {
      return await send(
        'POST',
        '/settlement/claims',
        {
          ...(await headers(institution.startsWith('P') ? 'pharmacy' : 'hospital', { institution })),
          'idempotency-key': key ?? `key-${++keyNo}`,
          ...(prefer ? { prefer } : {}),
        },
        body,
      )
    },
    async reverse(institution, claimId, key) {
      return await send('POST', `/settlement/claims/${claimId}/reversal`, {
        ...(await headers('hospital', { institution })),
        'idempotency-key': key ?? `key-${++keyNo}`,
      })
    },
    get: (url, as) => send('GET', url, as),
  }
}

/** Hands in one claim by the verb that others use in their own transactions, without a word to any worker. */
export async function submitClaim(
  deps: Parameters<typeof submitClaimIn>[1] & Pick<TestDeps, 'db'>,
  keyed: Keyed,
  sent: SentBill,
): Promise<Submitted> {
  const submitted = await inTx(deps.db, async (tx) => await submitClaimIn(tx, deps, keyed, sent))
  deps.outbox.wake()
  return submitted
}

/** Who acts where a test calls a verb without HTTP. */
export const BY = { actor: 'test', actorOrg: 'test', role: 'hospital' } as const

/** A bill of one 甲 line. */
export const bill = (personId: string, amount: string, more: Record<string, unknown> = {}) => ({
  person_id: personId,
  med_type: '11',
  medfee_sumamt: amount,
  lines: [
    {
      feedetl_sn: '1',
      med_list_codg: 'TEST001',
      chrgitm_lv: '01',
      det_item_fee_sumamt: amount,
      cnt: '1',
      pric: amount,
    },
  ],
  ...more,
})
