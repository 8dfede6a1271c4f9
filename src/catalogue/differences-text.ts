import { CITIES } from '../codes/index.ts'
import type { CityDifference, ComparedField } from './compare-cities.ts'

/** What each compared field is called. */
const NAMES: Readonly<Record<ComparedField, string>> = {
  listed: '是否在目录',
  chrgitm_lv: '收费项目等级',
  selfpay_prop: '先自付比例',
  lmt_used_flag: '限制使用',
  lmt_used_cond: '限制条件',
  pric_uplmt_1: '限价（一级及以下）',
  pric_uplmt_2: '限价（二级）',
  pric_uplmt_3: '限价（三级）',
}

const WORDS: Partial<Readonly<Record<ComparedField, Readonly<Record<string, string>>>>> = {
  listed: { '0': '无', '1': '有' },
  chrgitm_lv: { '01': '甲类', '02': '乙类', '03': '丙类' },
  lmt_used_flag: { '0': '不限', '1': '限制' },
}

/** One difference as lines for people. */
export function differenceText(difference: CityDifference): string {
  const { hilistCode, hilistName, field, values } = difference
  const said = CITIES.map(({ code, zh }) => {
    const value = values[code]
    return `${zh} ${value === null ? '—' : (WORDS[field]?.[value] ?? value)}`
  })
  return `${hilistCode} ${hilistName}\n  ${NAMES[field]}: ${said.join(' · ')}\n`
}

export const DIFFERENCES_HEADER = `${['hilist_code', 'hilist_name', 'field', ...CITIES.map(({ code }) => code)].join(',')}\r\n`

/** One difference as a line of CSV (RFC 4180). */
export function differenceCsv({ hilistCode, hilistName, field, values }: CityDifference): string {
  const cells = [hilistCode, hilistName, field, ...CITIES.map(({ code }) => values[code] ?? '')]
  return `${cells.map(cell).join(',')}\r\n`
}

/** Quoted, and nothing that a spreadsheet would take for a formula. */
function cell(text: string): string {
  const safe = /^[=+\-@\t]/.test(text) ? `'${text}` : text
  return /[",\r\n]/.test(safe) ? `"${safe.replaceAll('"', '""')}"` : safe
}
