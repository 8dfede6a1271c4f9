import type { CityCode } from '../codes/index.ts'
import { type IssuerKeys, issuerName } from '../issuers/index.ts'
import { startCatchUp } from '../kernel/catch-up.ts'
import type { Tx } from '../kernel/db.ts'
import type { Deps } from '../kernel/deps.ts'
import { inTx } from '../kernel/tx.ts'
import { readIssuers } from './issuer-store.ts'
import { readStatesAfter, type StateRow } from './level-store.ts'
import { buildRegistry, type HealthRegistry, keepChecks, type OpenCheck } from './registry.ts'
import { heaviest, orderStateAt } from './rules.ts'
import { HEALTHCODES_CHANGED, type Revision, readOrders, readPolicy, readRevision } from './setup-store.ts'
import type { EmergencyOrder, HealthLevel, HealthLevelAnswer, OrderRule, PolicyRow } from './types.ts'

/** Present state of a version that a code names. */
export type VersionState = 'current' | 'superseded'

/** Levels, orders and issuers in memory. Without an order in force a question costs one comparison. */
export interface HealthCodeState {
  /**
   * The heaviest level in force of a person. `city` is the person's: without a level, the answer is `none` where that city
   * has an order in force (or the city is not known) and `dormant` elsewhere. A level that a city has set holds in all four.
   */
  levelOf(personId: string, city: CityCode | null, nowMs: number): HealthLevelAnswer
  /** False: the function sleeps in the city; where none is named, in all four. */
  isActive(nowMs: number, city?: CityCode): boolean
  /** The order in force, of one city or of any. */
  activeOrder(city: CityCode | undefined, nowMs: number): EmergencyOrder | undefined
  /** Whether a version is still what its city says. */
  versionState(stateId: string, nowMs: number): VersionState
  /** The person behind a version in memory, for the audit log alone. */
  personOf(stateId: string): string | undefined
  /** Approved orders that are not closed. */
  orders(): readonly EmergencyOrder[]
  registry(): HealthRegistry
  policy(): readonly PolicyRow[]
  /** Milliseconds since the last successful read; the answers cannot be older. */
  ageMs(): number
  refresh(): Promise<void>
  close(): Promise<void>
}

const EVERY_MS = 500
const PAGE = 5_000

const DORMANT: HealthLevelAnswer = { state: 'dormant' }
const NONE: HealthLevelAnswer = { state: 'none' }

/** What a city says of a person now; the answer is made once, not at each question. */
interface Held {
  readonly personId: string
  readonly city: CityCode
  readonly stateId: string
  readonly order: EmergencyOrder
  readonly level: HealthLevel
  readonly validUntilMs: number
  readonly answer: HealthLevelAnswer
}

interface Setup {
  readonly orders: readonly EmergencyOrder[]
  readonly registry: HealthRegistry
  readonly policy: readonly PolicyRow[]
}

/** Reads everything and keeps following it by its revision. */
export async function openHealthCodeState(
  deps: Pick<Deps, 'db' | 'log' | 'changes'> & { readonly issuerKeys: Pick<IssuerKeys, 'checker'> },
): Promise<HealthCodeState> {
  const checks = keepChecks(deps.issuerKeys.checker)
  let seen: Revision = { changeNo: -1n, setupNo: -1n, epoch: -1n }
  let setup: Setup = { orders: [], registry: buildRegistry([], checks), policy: [] }
  const byPerson = new Map<string, Held[]>()
  const byVersion = new Map<string, Held>()

  const put = (row: StateRow, orders: ReadonlyMap<string, EmergencyOrder>): void => {
    const others: Held[] = []
    for (const held of byPerson.get(row.personId) ?? []) {
      if (held.city === row.city) byVersion.delete(held.stateId)
      else others.push(held)
    }
    const order = orders.get(row.orderId)
    const rule = order?.rules.find((one) => one.reasonCode === row.reasonCode)
    if (order !== undefined && rule !== undefined && row.level !== null) {
      const held = holdOf(row, row.level, order, rule)
      others.push(held)
      byVersion.set(held.stateId, held)
    }
    if (others.length === 0) byPerson.delete(row.personId)
    else byPerson.set(row.personId, others)
  }

  const read = async (): Promise<void> => {
    const now = await readRevision(deps.db)
    if (now.changeNo === seen.changeNo) return
    // One snapshot for all parts: a level is never seen without its order.
    const read = await inTx(deps.db, (tx) => readAll(tx, { seen, setup, checks }), { isolation: 'repeatable read' })
    // From here on nothing waits: a question sees all of the old or all of the new.
    setup = read.setup
    if (read.again) {
      byPerson.clear()
      byVersion.clear()
    }
    const orders = new Map(setup.orders.map((order) => [order.orderId, order]))
    for (const row of read.rows) put(row, orders)
    seen = read.revision
  }

  const catchUp = await startCatchUp({
    everyMs: EVERY_MS,
    read,
    onError: (error) => deps.log.error({ err: error }, 'health codes could not be read'),
    news: { feed: deps.changes, area: HEALTHCODES_CHANGED },
  })

  const activeOrder = (city: CityCode | undefined, nowMs: number): EmergencyOrder | undefined =>
    setup.orders.find((order) => (city === undefined || order.city === city) && orderStateAt(order, nowMs) === 'active')

  return {
    levelOf(personId, city, nowMs) {
      if (setup.orders.length === 0) return DORMANT
      const held = byPerson.get(personId)
      if (held !== undefined) {
        const inForce = held.filter((one) => orderStateAt(one.order, nowMs) === 'active')
        const found = heaviest(inForce, nowMs)
        if (found !== undefined) return found.answer
      }
      return activeOrder(city ?? undefined, nowMs) === undefined ? DORMANT : NONE
    },
    isActive: (nowMs, city) => activeOrder(city, nowMs) !== undefined,
    activeOrder,
    versionState(stateId, nowMs) {
      const held = byVersion.get(stateId)
      if (held === undefined || held.validUntilMs <= nowMs) return 'superseded'
      return orderStateAt(held.order, nowMs) === 'active' ? 'current' : 'superseded'
    },
    personOf: (stateId) => byVersion.get(stateId)?.personId,
    orders: () => setup.orders,
    registry: () => setup.registry,
    policy: () => setup.policy,
    ageMs: catchUp.ageMs,
    refresh: catchUp.refresh,
    close: catchUp.close,
  }
}

async function readAll(tx: Tx, known: { readonly seen: Revision; readonly setup: Setup; readonly checks: OpenCheck }) {
  const { seen, checks } = known
  const revision = await readRevision(tx)
  const setupChanged = revision.setupNo !== seen.setupNo
  const again = setupChanged || revision.epoch !== seen.epoch
  const setup: Setup = setupChanged
    ? {
        orders: (await readOrders(tx, { open: true })).filter((order) => order.approvedBy !== null),
        registry: buildRegistry(await readIssuers(tx, { inUse: true }), checks),
        policy: await readPolicy(tx),
      }
    : known.setup
  const rows: StateRow[] = []
  for (let after: StateRow | undefined; ; ) {
    const page = await readStatesAfter(tx, { changeNo: again ? -1n : seen.changeNo, after, limit: PAGE })
    for (const row of page) rows.push(row)
    if (page.length < PAGE) return { revision, again, setup, rows }
    after = page.at(-1)
  }
}

function holdOf(row: StateRow, level: HealthLevel, order: EmergencyOrder, rule: OrderRule): Held {
  const { personId, city, stateId, validUntilMs } = row
  return {
    personId,
    city,
    stateId,
    order,
    level,
    validUntilMs,
    answer: {
      state: 'set',
      level,
      reasonCode: rule.reasonCode,
      issuer: issuerName(city),
      validUntilMs,
      whatToDo: rule.whatToDo,
    },
  }
}
