import {
  CITIES,
  type CityCode,
  type Division,
  listDivisions,
  organisationCheckCharacter,
  usccCheckCharacter,
} from '../codes/index.ts'
import { createRandom, type Random } from './random.ts'

/** A stretch of days, both included; `to` null means open. */
interface SyntheticPeriod {
  readonly from: string
  readonly to: string | null
}

/** A designated hospital or pharmacy that does not exist. */
export interface SyntheticInstitution {
  /** 定点医药机构编号: H or P, division at coding time, serial. */
  readonly code: string
  readonly kind: 'hospital' | 'pharmacy'
  readonly name: string
  readonly uscc: string
  /** 3, 2, 1; 0 for a pharmacy. */
  readonly level: 0 | 1 | 2 | 3
  readonly grade: '甲' | '乙' | '丙' | '未评'
  /** 社区卫生服务中心. */
  readonly community: boolean
  readonly city: CityCode
  /** The division of today, which may differ from the one inside `code`. */
  readonly division: string
  readonly designations: readonly SyntheticPeriod[]
  readonly suspensions: readonly (SyntheticPeriod & { readonly reason: string })[]
  /** 双定互认: the cities whose insured persons may settle here while the designation runs; own city included. */
  readonly recognisedBy: readonly CityCode[]
  /** One of the four test hospitals that hold records. */
  readonly recordHolder: boolean
  /** The part that an institution plays in the demo's story, if any. */
  readonly scenario:
    | 'pharmacy-recognised-by-all'
    | 'pharmacy-not-recognised-by-deyang'
    | 'pharmacy-designation-ended'
    | null
}

/** How many of each a city has: 60 in all. The first hospital of a city is its record holder. */
const PLAN: Readonly<Record<CityCode, { levels: readonly (1 | 2 | 3)[]; pharmacies: number }>> = {
  '510100': { levels: [3, 3, 3, 3, 2, 2, 2, 2, 2, 1, 1, 1, 1, 1], pharmacies: 10 },
  '510600': { levels: [2, 3, 3, 2, 2, 1, 1, 1], pharmacies: 6 },
  '511400': { levels: [2, 3, 2, 2, 1, 1, 1], pharmacies: 5 },
  '512000': { levels: [2, 3, 2, 1, 1, 1], pharmacies: 4 },
}

/** Units whose institutions may still carry the code that was in force when they were coded. */
const CODED_BEFORE: Readonly<Record<string, string>> = { '510117': '510124', '510185': '512081', '510604': '510626' }

/** Every name carries one of these words, so that nobody takes it for a real house. */
const FICTION_MARKS = ['示范', '演示', '样例', '虚构']

const STORY = ['pharmacy-recognised-by-all', 'pharmacy-not-recognised-by-deyang', 'pharmacy-designation-ended'] as const

/** Makes the 60 institutions of the sandbox. The codes of the record holders do not depend on the seed. */
export function generateInstitutions(seed: string): SyntheticInstitution[] {
  const random = createRandom(`institutions:${seed}`)
  const institutions: SyntheticInstitution[] = []
  for (const { code: city } of CITIES) {
    const { levels, pharmacies } = PLAN[city]
    // The city's seat comes first: there lies the record holder. The rest is dealt out in random order.
    const [seat, ...others] = listDivisions(city)
    if (!seat) throw new Error('a city has at least one unit')
    const round = [seat, ...random.shuffle(others)]
    const at = (index: number) => round[index % round.length] ?? seat
    levels.forEach((level, index) => {
      const recordHolder = index === 0
      institutions.push({
        ...makeIdentity(random, {
          kind: 'hospital',
          level,
          division: at(index),
          index,
          number: institutions.length + 1,
        }),
        ...(recordHolder ? makeSteady() : makeCourse(random, institutions.length)),
        recognisedBy: recordHolder || random.chance(80) ? allCities() : makeRecognition(random, city),
        recordHolder,
        scenario: null,
      })
    })
    for (let index = 0; index < pharmacies; index++) {
      const scenario = city === '511400' ? (STORY[index] ?? null) : null
      institutions.push({
        ...makeIdentity(random, {
          kind: 'pharmacy',
          level: 0,
          division: at(index),
          index,
          number: institutions.length + 1,
        }),
        ...(scenario ? makeStoryCourse(scenario) : makeCourse(random, institutions.length)),
        recognisedBy: scenario ? recognitionOfStory(scenario) : makeRecognition(random, city),
        recordHolder: false,
        scenario,
      })
    }
  }
  return institutions
}

type Identity = Pick<
  SyntheticInstitution,
  'code' | 'kind' | 'name' | 'uscc' | 'level' | 'grade' | 'community' | 'city' | 'division'
>

function makeIdentity(
  random: Random,
  place: { kind: 'hospital' | 'pharmacy'; level: 0 | 1 | 2 | 3; division: Division; index: number; number: number },
): Identity {
  const { kind, level, division, index, number } = place
  const coded = index === 0 ? division.code : (CODED_BEFORE[division.code] ?? division.code)
  const serial = `99${String(index + 1).padStart(3, '0')}`
  return {
    code: `${kind === 'hospital' ? 'H' : 'P'}${coded}${serial}`,
    kind,
    name: makeName(place),
    uscc: makeUscc(kind === 'hospital' ? '12' : '91', coded, number),
    level,
    community: isCommunity(place),
    grade: level === 0 || level === 1 ? '未评' : index === 0 ? '甲' : random.pick(['甲', '甲', '乙', '丙'] as const),
    city: division.city,
    division: division.code,
  }
}

/** Of the houses of 一级 every second is a community health centre, so that a city has both. */
const isCommunity = ({ level, index }: { readonly level: number; readonly index: number }): boolean =>
  level === 1 && index % 2 === 1

function makeName(place: { level: 0 | 1 | 2 | 3; division: Division; index: number }): string {
  const { level, division, index } = place
  const city = CITIES.find((row) => row.code === division.city)?.zh.replace(/市$/, '') ?? ''
  // The mark changes with every round through the units, which keeps names apart within a unit.
  const round = Math.floor(index / listDivisions(division.city).length)
  const mark = FICTION_MARKS[round % FICTION_MARKS.length] ?? ''
  const suffix = { 0: '药房', 1: isCommunity(place) ? '社区卫生服务中心' : '卫生院', 2: '医院', 3: '中心医院' }[level]
  return `${city}${division.name.replace(/[区县市]$/, '')}${mark}${suffix}`
}

/** Valid in both checks; organisation codes beginning MY are not given out so far (unverified). */
function makeUscc(authority: string, division: string, number: number): string {
  const body = `MY${String(number).padStart(6, '0')}`
  const first17 = `${authority}${division}${body}${organisationCheckCharacter(body)}`
  return first17 + usccCheckCharacter(first17)
}

type Course = Pick<SyntheticInstitution, 'designations' | 'suspensions'>

function makeSteady(): Course {
  return { designations: [{ from: '2022-01-01', to: null }], suspensions: [] }
}

/**
 * Past and future lie years away from the time of writing, so that "ended" and "not yet begun" stay true on any
 * day from 2024 to 2034 at which a clock places the sandbox. Which institution gets which course follows its position, so that every kind
 * exists under every seed.
 */
function makeCourse(random: Random, position: number): Course {
  const from = `${random.int(2018, 2021)}-${random.pick(['01', '04', '07', '10'])}-01`
  switch (position % 12) {
    case 3:
      return { designations: [{ from, to: '2023-06-30' }], suspensions: [] }
    case 6:
      return {
        designations: [{ from, to: null }],
        suspensions: [{ from: '2023-09-01', to: null, reason: '协议中止' }],
      }
    case 8:
      return { designations: [{ from: '2035-01-01', to: null }], suspensions: [] }
    case 10:
      // Ended and taken up again: the gap must be refused, the days after it not.
      return {
        designations: [
          { from, to: '2022-03-31' },
          { from: '2022-10-01', to: null },
        ],
        suspensions: [{ from: '2023-02-01', to: '2023-04-30', reason: '整改' }],
      }
    default:
      return { designations: [{ from, to: null }], suspensions: [] }
  }
}

function makeStoryCourse(scenario: (typeof STORY)[number]): Course {
  const ended = scenario === 'pharmacy-designation-ended'
  return ended ? { designations: [{ from: '2021-01-01', to: '2023-12-31' }], suspensions: [] } : makeSteady()
}

function recognitionOfStory(scenario: (typeof STORY)[number]): readonly CityCode[] {
  return scenario === 'pharmacy-not-recognised-by-deyang'
    ? allCities().filter((city) => city !== '510600')
    : allCities()
}

function makeRecognition(random: Random, own: CityCode): readonly CityCode[] {
  return allCities().filter((city) => city === own || random.chance(60))
}

function allCities(): CityCode[] {
  return CITIES.map((city) => city.code)
}
