import type { Institution, InstitutionFacts, InstitutionTable } from '../institutions/index.ts'
import { localDate } from '../kernel/time.ts'
import { type Call, given, rowOf, valueOf } from './call.ts'
import { nhsaError } from './errors.ts'
import type { Input } from './read-input.ts'
import type { Output, OutRow } from './write-output.ts'

/** The answer is unpaged: a keyword that fits half the register gets its first rows only. */
const MOST_FOUND = 100

/** 1 designated institution, 2 designated pharmacy; the others of the dictionary are not in the register. */
const KIND_OF_TYPE: Readonly<Record<string, Institution['kind']>> = { '1': 'hospital', '2': 'pharmacy' }

/** 1201, from the register in memory. */
export function lookUpProvider(institutions: InstitutionTable, call: Call, input: Input): Output {
  const row = rowOf(input, 'medinsinfo')
  const code = given(row, 'fixmedins_code')
  const name = given(row, 'fixmedins_name')
  if (code === undefined && name === undefined) throw nhsaError('provider-query-empty')
  const kind = KIND_OF_TYPE[valueOf(row, 'fixmedins_type')]
  const date = localDate(call.now)
  const found: OutRow[] = []
  for (const one of code === undefined ? institutions.all() : listOf(institutions.get(code))) {
    if (one.kind !== kind || (name !== undefined && !one.name.includes(name))) continue
    const facts = institutions.factsAt(one.code, date)
    if (facts === undefined || facts.designation !== 'designated') continue
    found.push(providerRow(facts))
    if (found.length === MOST_FOUND) break
  }
  return { medinsinfo: found }
}

const listOf = (one: Institution | undefined): readonly Institution[] => (one === undefined ? [] : [one])

const providerRow = (facts: InstitutionFacts): OutRow => ({
  fixmedins_code: facts.code,
  fixmedins_name: facts.name,
  uscc: facts.uscc,
  fixmedins_type: facts.kind === 'hospital' ? '1' : '2',
  hosp_lv: facts.kind === 'hospital' ? hospLv(facts) : '',
})

/** The first code of a level in the dictionary `hosp_lv`: 1-3 are 三级 with a grade, 5-7 二级, 8-10 一级; 12-14 have none. */
const FIRST = { 3: 2, 2: 5, 1: 8 } as const
const UNGRADED = { 3: '12', 2: '13', 1: '14' } as const
const GRADES = ['甲', '乙', '丙']

export function hospLv({ level, grade }: Pick<InstitutionFacts, 'level' | 'grade'>): string {
  if (level === 0) return '11'
  if (grade === '特') return level === 3 ? '1' : UNGRADED[level]
  const at = GRADES.indexOf(grade)
  return at < 0 ? UNGRADED[level] : String(FIRST[level] + at)
}
