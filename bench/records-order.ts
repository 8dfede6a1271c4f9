import { writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { generateLabRecords } from '../src/sandbox/lab-records.ts'
import type { SyntheticPerson } from '../src/sandbox/people.ts'

/** What is about to be ordered: ten items of three panels, which every person has at every hospital. */
export const ORDER_ITEMS = ['K', 'NA', 'GLU', 'TC', 'TG', 'TP', 'ALB', 'ALT', 'HBA1C', 'WBC'] as const
/** How often an answer says that a valid result exists: all but the item whose mark ended two months ago. */
export const VALID_RESULTS = ORDER_ITEMS.length - 1

const NOW = new Date('2026-11-24T00:00:00Z')

/** Writes what a hospital holds, reports with their results and specimens of some visits each, and returns the file's name. */
export async function writeOrderRecords(
  dir: string,
  code: string,
  people: readonly SyntheticPerson[],
): Promise<string> {
  const persons = people.map((person, index) => ({ ...person, id: `bench-${index}` }))
  const file = join(dir, `${code}-order.json`)
  await writeFile(file, JSON.stringify(generateLabRecords('bench', persons, { code, name: `Bench ${code}` }, NOW)))
  return file
}

/** One order for each person. */
export const orderBodies = (people: readonly string[]): readonly string[] =>
  people.map((personId) =>
    JSON.stringify({ personId, items: ORDER_ITEMS.map((code) => ({ code })), visit: { kind: 'outpatient' } }),
  )

/** A city's quality evaluation of each hospital: the register of institutions does not know them, so nothing else lets them issue. */
export const evaluationsOf = (institutions: readonly string[]): string =>
  JSON.stringify({
    evaluations: institutions.map((institution) => ({ institution, organiser: 'city', from: '2020-01-01' })),
  })
