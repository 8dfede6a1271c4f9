import type { FundField } from '../../benefits/index.ts'
import { CITIES } from '../../codes/index.ts'
import { type Fen, formatFen, type Ratio } from '../../kernel/money.ts'
import { localDateTime } from '../../kernel/time.ts'

/** Names by code; a code without one is shown as it is. */
const named = (names: Readonly<Record<string, string>>, code: string): string =>
  Object.hasOwn(names, code) ? (names[code] as string) : code

/** insutype of the national interface. */
export const insuranceName = (code: string): string =>
  named({ '310': '职工基本医疗保险', '390': '城乡居民基本医疗保险' }, code)

/** med_type of the national interface. */
export const careName = (code: string): string =>
  named({ '11': '普通门诊', '14': '门诊慢特病', '21': '住院', '41': '定点药店购药' }, code)

export const cityName = (code: string): string => CITIES.find((city) => city.code === code)?.zh ?? code

/** fund_pay_type of the national interface. */
export const fundName = (code: string): string =>
  named(
    {
      '310100': '职工基本医疗保险统筹基金',
      '310102': '职工基本医疗保险门诊统筹基金',
      '390100': '城乡居民基本医疗保险统筹基金',
      '390102': '城乡居民基本医疗保险门诊统筹基金',
      '330100': '职工大额医疗费用补助',
      '390200': '城乡居民大病保险',
      '320100': '公务员医疗补助',
      '370100': '企业补充医疗保险',
      '610100': '医疗救助',
    },
    code,
  )

export const FUND_PARTS = {
  hifpPay: 'hifp',
  hifobPay: 'hifob',
  hifmiPay: 'hifmi',
  cvlservPay: 'cvlserv',
  hifesPay: 'hifes',
  mafPay: 'maf',
} as const satisfies Readonly<Record<FundField, string>>

export const yuan = (amount: Fen): string => `${formatFen(amount)} 元`

/** `8450` is `84.5%`. */
export const percent = (of: Ratio): string => {
  const hundredths = of % 100n
  const rest = hundredths === 0n ? '' : `.${String(hundredths).padStart(2, '0').replace(/0$/, '')}`
  return `${of / 100n}${rest}%`
}

/** `2026-11-24 15:04` in Asia/Shanghai. */
export const localMinute = (at: Date): string => localDateTime(at).slice(0, 16)
