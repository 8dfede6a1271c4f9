import { ageOn, isDate } from '../kernel/time.ts'
import { normalizePersonalId, normalizeWidth } from './normalize.ts'

/** Two-character surnames that stay whole in a masked name of four characters or more. */
const COMPOUND_SURNAMES = new Set([
  '欧阳',
  '司马',
  '上官',
  '诸葛',
  '皇甫',
  '尉迟',
  '公孙',
  '慕容',
  '令狐',
  '司徒',
  '夏侯',
  '东方',
  '长孙',
  '宇文',
  '端木',
])

/** 张明 gives 张*, 张小明 gives 张*明; a name of one character or in another script gives its first letter and ***. */
function maskName(name: string): string {
  // Code points, not UTF-16 units: rare characters of names lie outside the basic plane.
  const letters = Array.from(name.trim())
  const [first = ''] = letters
  if (letters.length < 2 || !/^\p{Script=Han}[\p{Script=Han}·•]*$/u.test(letters.join(''))) return `${first}***`
  if (letters.length === 2) return `${first}*`
  const kept = letters.length > 3 && COMPOUND_SURNAMES.has(letters.slice(0, 2).join('')) ? 2 : 1
  return letters.slice(0, kept).join('') + '*'.repeat(letters.length - kept - 1) + letters.slice(-1).join('')
}

/** First three and last four characters of a personal identity number; anything else is masked as a document. */
function maskPersonalId(id: string): string {
  const normal = normalizePersonalId(id)
  return normal.length === 18 || normal.length === 15 ? keepEnds(normal, 3, 4) : maskDocument(normal)
}

/** Last four characters of a passport or other document; all hidden when there are six or fewer. */
function maskDocument(number: string): string {
  const normal = normalizeWidth(number)
  return normal.length <= 6 ? '*'.repeat(normal.length) : keepEnds(normal, 0, 4)
}

/** First three and last four digits of an 11-digit mobile number; other numbers are masked as a document. */
function maskPhone(phone: string): string {
  const normal = normalizeWidth(phone)
  return /^\d{11}$/.test(normal) ? keepEnds(normal, 3, 4) : maskDocument(normal)
}

/** Last four digits of a card; all hidden when there are six or fewer. */
function maskCardNumber(number: string): string {
  return maskDocument(number)
}

/**
 * Province, city, county and town stay; everything after is hidden. The town is sought only right after the county,
 * so that a road or market named after a town or city does not stretch what is shown.
 */
function maskAddress(address: string): string {
  const shown =
    /^(?:[^省市区县路]{2,8}省)?(?:[^省市区县街镇乡路]{1,8}市)?(?:[^省市区县街镇乡路]{1,8}[区县市])?(?:[^省市区县路号]{1,12}?(?:街道|镇|乡))?/.exec(
      address.trim(),
    )
  return `${shown?.[0] ?? ''}***`
}

/** Year only: 1900-**-**. Anything that is not a date is hidden whole. */
function maskBirthDate(birthDate: string): string {
  return isDate(birthDate) ? `${birthDate.slice(0, 4)}-**-**` : '****-**-**'
}

/** The ten-year band of the age reached on `today`, such as 60-69, for statistics and lists. */
export function ageBand(dates: { readonly birthDate: string; readonly today: string }): string {
  const from = Math.floor(ageOn(dates.birthDate, dates.today) / 10) * 10
  return `${from}-${from + 9}`
}

/** Published tables do not show counts so small that they point at persons. */
function maskSmallCount(count: number, minimum = 5): string {
  return count < minimum ? `<${minimum}` : String(count)
}

function keepEnds(text: string, head: number, tail: number): string {
  return text.slice(0, head) + '*'.repeat(text.length - head - tail) + text.slice(-tail)
}

/** The masking rules of the project, applied where data leaves the process (the serialiser), never in the client. */
export const mask = {
  name: maskName,
  personalId: maskPersonalId,
  document: maskDocument,
  phone: maskPhone,
  card: maskCardNumber,
  address: maskAddress,
  birthDate: maskBirthDate,
  smallCount: maskSmallCount,
} as const
