import { CITIES, type CityCode, listDivisions, personalIdCheckCharacter, type Sex } from '../codes/index.ts'
import { createRandom, type Random } from './random.ts'

/**
 * 人员类别 of the national settlement interface. 11 and 12 are employees' insurance (active, retired); the rest are
 * residents' insurance: 15 adult, 16 elderly, 1402 pre-school child, 1403 pupil.
 */
type SyntheticPsnType = '11' | '12' | '15' | '16' | '1402' | '1403'

/** A person who does not exist. */
export interface SyntheticPerson {
  readonly name: string
  readonly idNumber: string
  readonly sex: Sex
  /** The stored birth date. It differs from the one in the number on purpose; see {@link generatePeople}. */
  readonly birthDate: string
  readonly phone: string
  readonly insuredCity: CityCode
  /** 310 employees' (职工), 390 residents' (城乡居民) basic medical insurance. */
  readonly insutype: '310' | '390'
  readonly psnType: SyntheticPsnType
  /** Where the person lives; about one in four lives in another of the four cities than the insured one. */
  readonly residenceDivision: string
}

/** Ages are counted at this day and not at the clock's, so that the same seed stays the same data for ever. */
const REFERENCE_YEAR = 2026

const SURNAMES = Array.from('王李张刘陈杨赵黄周吴徐孙胡朱高林何郭马罗梁宋郑谢韩唐冯于董萧程曹袁邓许傅沈曾彭吕')
const COMPOUND_SURNAMES = ['欧阳', '上官', '司徒', '诸葛']
const GIVEN = {
  male: Array.from('伟强磊军洋勇杰涛超明刚平辉鹏华飞鑫波斌宇浩凯健俊帆帅旭宁龙林建国志海文博思远子轩天佑泽'),
  female: Array.from('芳娜敏静丽艳娟霞秀英玲桂兰燕红梅莉萍雪琳倩颖洁婷慧欣怡佳雨涵诗梦瑶晓月思琪美玉春淑珍'),
} as const satisfies Record<Sex, readonly string[]>

/**
 * Address parts of numbers are drawn from these retired and aggregate codes now and then, since real numbers keep the
 * code of the day they were issued.
 */
const OLD_ADDRESS_CODES = ['510124', '510122', '510125', '510101', '510626', '511422', '512081', '513902', '513821']

/**
 * Makes `count` persons. The first n persons of a seed are the same whatever the count. Nobody alive can own one of
 * the identity numbers: each says born in 1900 with a sequence from 900, while the stored birth date gives a
 * plausible age. 1 January 1900 is left out because the documented example numbers use it.
 */
export function generatePeople(seed: string, count: number): SyntheticPerson[] {
  const random = createRandom(`people:${seed}`)
  const taken = new Set<string>()
  const people: SyntheticPerson[] = []
  for (let index = 0; index < count; index++) {
    const sex: Sex = random.chance(50) ? 'male' : 'female'
    const insuredCity = random.chance(40) ? '510100' : random.pick(CITIES).code
    people.push({
      name: makeName(random, sex),
      idNumber: makeIdNumber(random, { sex, taken }),
      sex,
      ...makeInsurance(random, sex),
      // Prefix 160 is given to no operator (unverified); no message is ever sent to sandbox persons all the same.
      phone: `160${String(index + 1).padStart(8, '0')}`,
      insuredCity,
      residenceDivision: random.pick(listDivisions(random.chance(70) ? insuredCity : undefined)).code,
    })
  }
  return people
}

function makeName(random: Random, sex: Sex): string {
  const surname = random.chance(3) ? random.pick(COMPOUND_SURNAMES) : random.pick(SURNAMES)
  const given = random.shuffle(GIVEN[sex]).slice(0, random.chance(20) ? 1 : 2)
  return surname + given.join('')
}

function makeIdNumber(random: Random, { sex, taken }: { sex: Sex; taken: Set<string> }): string {
  for (;;) {
    const address = random.chance(8) ? random.pick(OLD_ADDRESS_CODES) : random.pick(listDivisions()).code
    const sequence = 900 + 2 * random.int(0, 49) + (sex === 'male' ? 1 : 0)
    const first17 = `${address}${dayOf(1900, random.int(2, 365)).replaceAll('-', '')}${sequence}`
    if (taken.has(first17)) continue
    taken.add(first17)
    return first17 + personalIdCheckCharacter(first17)
  }
}

function makeInsurance(random: Random, sex: Sex): Pick<SyntheticPerson, 'birthDate' | 'insutype' | 'psnType'> {
  const born = (youngest: number, oldest: number) =>
    dayOf(REFERENCE_YEAR - random.int(youngest + 1, oldest), random.int(1, 365))
  // Retirement ages before the reform of 2025, which most of today's retired persons still had.
  const retirementAge = sex === 'male' ? 60 : 55
  if (random.chance(60)) {
    return random.chance(70)
      ? { insutype: '310', psnType: '11', birthDate: born(20, retirementAge - 1) }
      : { insutype: '310', psnType: '12', birthDate: born(retirementAge, 90) }
  }
  const share = random.int(1, 100)
  if (share <= 10) return { insutype: '390', psnType: '1402', birthDate: born(1, 5) }
  if (share <= 30) return { insutype: '390', psnType: '1403', birthDate: born(6, 17) }
  if (share <= 70) return { insutype: '390', psnType: '15', birthDate: born(18, 59) }
  return { insutype: '390', psnType: '16', birthDate: born(60, 92) }
}

/** The nth day of a year, 1 to 365. */
function dayOf(year: number, nth: number): string {
  return new Date(Date.UTC(year, 0, nth)).toISOString().slice(0, 10)
}
