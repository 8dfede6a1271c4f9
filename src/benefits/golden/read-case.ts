import {
  type Fen,
  fen,
  lineAmount,
  parseFen,
  parsePrice,
  parseQuantity,
  parseRatio,
  type Quantity,
} from '../../kernel/money.ts'
import { isDate, localDate } from '../../kernel/time.ts'
import { type Accumulators, NO_ACCUMULATORS } from '../accumulators.ts'
import type { BenefitClaim, BillLine, ChargeItemLevel } from '../types.ts'
import { type Fields, fieldsOf, GoldenFileError } from './fields.ts'
import { ACCUMULATOR_NAMES } from './names.ts'

/** The claim of a case. What a case may leave out: earlier use (zero), balances (zero), flags, psn_type, quantity, ratio, limit. */
export const readClaim = (one: Fields, before: Accumulators): BenefitClaim => {
  const person = one.object('person')
  const institution = one.object('institution')
  const insuplcAdmdvs = cityOf(person, person.required('insuplc_admdvs'), 'insuplc_admdvs')
  const mdtrtareaAdmvs = cityOf(institution, institution.text('admdvs') ?? insuplcAdmdvs, 'admdvs')
  const insutype = person.text('insutype') ?? '310'
  const medType = one.required('med_type')
  const institutionKind = oneOf(
    institution,
    'kind',
    ['hospital', 'pharmacy'],
    medType === '41' ? 'pharmacy' : 'hospital',
  )
  const acctUsedFlag = oneOf(person, 'acct_used_flag', ['0', '1', '2'], '0')
  const balance = person.read('balc', '0', parseAmount)
  // With flag 2 a case that has only one balance means that of the family's account.
  const familyBalance = person.read(
    'family_balc',
    acctUsedFlag === '2' ? String(person.text('balc') ?? '0') : '0',
    parseAmount,
  )
  const setlDate = readDate(one)
  return {
    setlDate,
    insuplcAdmdvs,
    mdtrtareaAdmvs,
    insutype,
    psnType: person.text('psn_type') ?? (insutype === '390' ? '15' : '11'),
    medType,
    dedcHospLv: readLevel(institution, institutionKind),
    institutionKind,
    diseCodg: one.text('dise_codg') ?? null,
    cvlservFlag: oneOf(person, 'cvlserv_flag', ['0', '1'], '0'),
    psnIdetType: person.text('psn_idet_type') ?? null,
    hifesFlag: oneOf(person, 'hifes_flag', ['0', '1'], '0'),
    acctUsedFlag,
    balance,
    familyBalance,
    accumulatorYear: Number(setlDate.slice(0, 4)),
    accumulators: before,
    lines: readLines(one, mdtrtareaAdmvs),
  }
}

/** A pharmacy has no level, whatever a case writes there. */
const readLevel = (institution: Fields, kind: BenefitClaim['institutionKind']): string => {
  institution.get('level')
  return kind === 'pharmacy' ? '9' : oneOf(institution, 'level', ['community', '1', '2', '3', '9'], undefined)
}

/** Earlier use in the year; what is not named is zero. */
export const readBefore = (before: Fields): Accumulators => {
  const used = { ...NO_ACCUMULATORS }
  for (const [name, kind] of Object.entries(ACCUMULATOR_NAMES)) {
    used[kind] = before.read(name, '0', kind === 'inpatientStays' ? parseCount : parseAmount)
  }
  return used
}

export const parseCount = (text: string): Fen => {
  if (!/^\d{1,6}$/.test(text)) throw new RangeError('not a whole number')
  return fen(BigInt(text))
}

const parseAmount = (text: string): Fen => {
  const amount = parseFen(text)
  if (amount < 0n) throw new RangeError('an amount before a settlement is never negative')
  return amount
}

/** The parameters in force are those of the settlement, for a stay those of its last day. */
const readDate = (one: Fields): string => {
  const stay = one.object('stay')
  stay.text('begin')
  return stay.text('end') === undefined ? readDay(one, 'setl_time') : readDay(stay, 'end')
}

/** A day, or a time as its day in the four cities. */
export const readDay = (fields: Fields, name: string): string => {
  const time = fields.required(name)
  if (isDate(time)) return time
  const form = TIME_FORM.exec(time)
  // Without an offset it is the interface's own form, which means the clock of the four cities, not that of this machine.
  const at = new Date(form === null ? Number.NaN : `${form[1]}T${form[2]}${form[3] ?? '+08:00'}`)
  if (Number.isNaN(at.getTime()) || !isDate(time.slice(0, 10))) {
    throw new GoldenFileError(
      `${fields.path === '' ? '' : `${fields.path}.`}${name} is ${JSON.stringify(time)}: no time`,
    )
  }
  return localDate(at)
}

const TIME_FORM = /^(\d{4}-\d{2}-\d{2})[T ](\d{2}:\d{2}(?::\d{2}(?:\.\d{1,9})?)?)(Z|[+-]\d{2}:\d{2})?$/

/** A division of the city stands for its city. */
const cityOf = (fields: Fields, code: string, name: string): string => {
  if (!/^\d{6}$/.test(code)) throw new GoldenFileError(`${fields.path}.${name} is ${JSON.stringify(code)}: six digits`)
  return `${code.slice(0, 4)}00`
}

const oneOf = <T extends string>(fields: Fields, name: string, known: readonly T[], fallback: T | undefined): T => {
  const found = fields.text(name) ?? fallback
  if (found === undefined) throw new GoldenFileError(`${fields.path}.${name} is missing`)
  const match = known.find((one) => one === found)
  if (match === undefined) {
    throw new GoldenFileError(`${fields.path}.${name} is ${JSON.stringify(found)}: one of ${known.join(', ')}`)
  }
  return match
}

const readLines = (one: Fields, admdvs: string): readonly BillLine[] => {
  const lines = one.list('lines')
  if (lines === undefined) throw new GoldenFileError('lines is missing')
  return lines.map((line, at) => readLine(fieldsOf(line, `lines[${at}]`), at, admdvs))
}

const LEVEL: Readonly<Record<string, ChargeItemLevel>> = {
  '1': '01',
  '2': '02',
  '3': '03',
  '01': '01',
  '02': '02',
  '03': '03',
}

const readLine = (line: Fields, at: number, admdvs: string): BillLine => {
  const level = line.required('chrgitm_lv')
  const chrgitmLv = Object.hasOwn(LEVEL, level) ? LEVEL[level] : undefined
  if (chrgitmLv === undefined) {
    throw new GoldenFileError(`${line.path}.chrgitm_lv is ${JSON.stringify(level)}: one of 01, 02, 03`)
  }
  const given = line.text('cnt') === undefined ? undefined : line.read('cnt', '', parseQuantity)
  const amount = readLineAmount(line, given ?? ONE_UNIT)
  const cnt = given ?? quantityOf(line, amount)
  if (amount < 0n || cnt < 0n) throw new GoldenFileError(`${line.path} is negative: a refund is a case with refund_of`)
  const selfpayProp = line.read('selfpay_prop', '0', parseRatio)
  if (selfpayProp > 10_000n) throw new GoldenFileError(`${line.path}.selfpay_prop is more than the whole`)
  return {
    feedetlSn: line.text('feedetl_sn') ?? String(at + 1),
    detItemFeeSumamt: amount,
    cnt,
    lmtUsedFlag: oneOf(line, 'lmt_used_flag', ['0', '1'], '0'),
    hospApprFlag: oneOf(line, 'hosp_appr_flag', ['0', '1', '2'], '0'),
    terms: { admdvs, chrgitmLv, pricUplmtAmt: line.read('pric_uplmt_amt', '0', parsePrice), selfpayProp },
  }
}

const ONE_UNIT = parseQuantity('1')

/** The quantity that a line leaves out follows from amount and price, since a limit is one of the price. Without both it is one unit. */
const quantityOf = (line: Fields, amount: Fen): Quantity => {
  if (line.text('pric') === undefined || line.text('pric_uplmt_amt') === undefined) return ONE_UNIT
  const pric = line.read('pric', '', parsePrice)
  if (pric === 0n) return ONE_UNIT
  const cnt = ((amount * 100_000_000n) / pric) as Quantity
  if (lineAmount(cnt, pric) !== amount)
    throw new GoldenFileError(`${line.path}.cnt is missing: the amount is no multiple of pric`)
  return cnt
}

/** The amount as the form or as the interface calls it, or else quantity x price. */
const readLineAmount = (line: Fields, cnt: Quantity): Fen => {
  const pric = line.text('pric')
  for (const name of ['amt', 'det_item_fee_sumamt']) {
    if (line.text(name) !== undefined) return line.read(name, '', parseFen)
  }
  if (pric === undefined) throw new GoldenFileError(`${line.path}.amt is missing`)
  return lineAmount(cnt, line.read('pric', '', parsePrice))
}
