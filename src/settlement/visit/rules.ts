import type { VisitKind } from './types.ts'

/*
 * The order of the transactions of one visit. Each row is a state, each column a transaction; a cell says that it may come,
 * or which one must come before it. Domain: section 3 of the interface (sequences and their undo).
 */

/** What the state of a visit is computed from. */
export interface VisitFacts {
  readonly kind: VisitKind
  readonly cancelled: boolean
  /** 2203 has come. */
  readonly noted: boolean
  /** 2402 has come. */
  readonly ended: boolean
  /** Some line is not settled. */
  readonly open: boolean
  /** Some settlement is asked for and has no outcome. */
  readonly pending: boolean
  /** Some settlement stands. */
  readonly settled: boolean
}

/** `ok`, or what must come first; `done`: it has come; `wait`: a settlement under way decides first. */
export type Step = 'ok' | 'done' | 'wait' | (string & {})

type Table = Readonly<Record<string, readonly Step[]>>

export interface Order {
  readonly calls: readonly string[]
  readonly states: Table
}

/** 2304 with mid_setl_flag 1 (中途结算): it needs no discharge. */
export const MID_SETTLEMENT = '2304-mid'

const WAIT = 'wait'

const OUTPATIENT: Order = {
  calls: ['2202', '2203', '2204', '2205', '2206', '2207', '2208'],
  states: {
    registered: ['ok', 'ok', '2203', '2204', '2204', '2204', '2207'],
    noted: ['ok', 'ok', 'ok', '2204', '2204', '2204', '2207'],
    charged: ['2205', 'ok', 'ok', 'ok', 'ok', 'ok', '2207'],
    settling: [WAIT, WAIT, 'ok', WAIT, WAIT, WAIT, WAIT],
    'partly-settled': ['2208', 'ok', 'ok', 'ok', 'ok', 'ok', 'ok'],
    settled: ['2208', 'ok', 'ok', '2208', '2204', '2204', 'ok'],
    cancelled: ['done', '2201', '2201', '2201', '2201', '2201', '2201'],
  },
}

const INPATIENT: Order = {
  calls: ['2404', '2301', '2302', '2303', '2402', '2405', '2304', MID_SETTLEMENT, '2305'],
  states: {
    admitted: ['ok', 'ok', '2301', '2301', 'ok', '2402', '2402', '2301', '2304'],
    charged: ['2302', 'ok', 'ok', 'ok', 'ok', '2402', '2402', 'ok', '2304'],
    'mid-settled': ['2305', 'ok', '2305', '2301', 'ok', '2402', '2402', '2301', 'ok'],
    'mid-charged': ['2305', 'ok', 'ok', 'ok', 'ok', '2402', '2402', 'ok', 'ok'],
    'discharged-empty': ['2405', '2405', '2405', '2405', 'done', 'ok', '2405', '2405', '2304'],
    discharged: ['2405', '2405', '2405', 'ok', 'done', 'ok', 'ok', '2405', '2304'],
    'discharged-mid': ['2305', '2405', '2405', 'ok', 'done', 'ok', 'ok', '2405', 'ok'],
    settled: ['2305', '2305', '2305', '2305', 'done', '2305', 'done', '2305', 'ok'],
    settling: [WAIT, WAIT, WAIT, WAIT, WAIT, WAIT, WAIT, WAIT, WAIT],
    cancelled: ['done', '2401', '2401', '2401', '2401', '2401', '2401', '2401', '2401'],
  },
}

const PHARMACY: Order = {
  calls: ['2103'],
  states: { settling: [WAIT], settled: ['ok'], 'not-settled': ['2102'] },
}

export const ORDERS: Readonly<Record<VisitKind, Order>> = {
  outpatient: OUTPATIENT,
  inpatient: INPATIENT,
  pharmacy: PHARMACY,
}

/** The state of a visit: a row of its table. */
export const stateOf = (facts: VisitFacts): string => {
  if (facts.cancelled) return 'cancelled'
  if (facts.pending) return 'settling'
  if (facts.kind === 'pharmacy') return facts.settled ? 'settled' : 'not-settled'
  if (facts.kind === 'outpatient') {
    if (facts.settled) return facts.open ? 'partly-settled' : 'settled'
    if (facts.open) return 'charged'
    return facts.noted ? 'noted' : 'registered'
  }
  if (facts.ended) {
    if (facts.settled) return facts.open ? 'discharged-mid' : 'settled'
    return facts.open ? 'discharged' : 'discharged-empty'
  }
  if (facts.settled) return facts.open ? 'mid-charged' : 'mid-settled'
  return facts.open ? 'charged' : 'admitted'
}

/**
 * Whether a call may come in a state.
 *
 * @param dischargeFirst rule of the area: a stay is settled only after its end (2402 before 2304)
 */
export const stepOf = (kind: VisitKind, state: string, call: string, dischargeFirst: boolean): Step => {
  const { calls, states } = ORDERS[kind]
  const row = states[state]
  const step = row?.[calls.indexOf(call)]
  if (row === undefined || step === undefined) throw new TypeError(`no place for ${call} in the order of ${kind}`)
  // Where an area settles before the end of the stay, 2304 needs what a settlement on the way needs.
  if (call === '2304' && step === '2402' && !dischargeFirst) return row[calls.indexOf(MID_SETTLEMENT)] as Step
  return step
}

/** med_type of each kind of visit that settlement knows. */
export const MED_TYPES: Readonly<Record<VisitKind, readonly string[]>> = {
  outpatient: ['11', '14'],
  inpatient: ['21'],
  pharmacy: ['41'],
}

/** 门诊慢特病: its visit and every line of its batches name the disease. */
export const needsDisease = (medType: string): boolean => medType === '14'
