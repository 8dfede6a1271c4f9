import { writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import type { Resource } from '../src/sandbox/hospital/types.ts'
import { generateLabRecords, ID_NUMBER_SYSTEM } from '../src/sandbox/lab-records.ts'
import type { SyntheticPerson } from '../src/sandbox/people.ts'

export const HOSPITALS = ['H51010400001', 'H51060300001', 'H51140200001', 'H51200200001'] as const

/** Of each person at each hospital: a hundred in an answer of four. */
export const OBSERVATIONS = 25
/** Of the one person whose answers are large: five megabytes at each hospital. */
export const LARGE_OBSERVATIONS = 200
const LARGE_NOTE = 'x'.repeat(24_500)

const DAY_MS = 86_400_000
const NOW = Date.UTC(2026, 10, 24)

/** Logical id of a person at every hospital. */
export const patientIdOf = (index: number): string => `p${index}`

/** Writes what a hospital holds into a file and returns its name. */
export async function writeRecords(
  dir: string,
  code: string,
  people: readonly SyntheticPerson[],
  size: 'usual' | 'large',
): Promise<string> {
  const [first] = people
  if (first === undefined) throw new Error('a hospital without patients')
  const at = { code, name: `Bench ${code}` }
  const samples = generateLabRecords('bench', [{ ...first, id: 'sample' }], at, new Date(NOW)).filter(
    (one) => one.resourceType === 'Observation',
  )
  const records = people.flatMap((person, index) => [patientOf(person, index), ...observationsOf(index, samples, size)])
  const file = join(dir, `${code}-${size}.json`)
  await writeFile(file, JSON.stringify(records))
  return file
}

function patientOf(person: SyntheticPerson, index: number): Resource {
  const identifier = [{ system: ID_NUMBER_SYSTEM, value: person.idNumber }]
  return { resourceType: 'Patient', id: patientIdOf(index), identifier, name: [{ text: person.name }] }
}

/** The generated laboratory's own observations, as many as are needed, each at a time of its own. */
function observationsOf(index: number, samples: readonly Resource[], size: 'usual' | 'large'): readonly Resource[] {
  const count = size === 'usual' ? OBSERVATIONS : LARGE_OBSERVATIONS
  return Array.from({ length: count }, (_, number) => {
    const { encounter: _encounter, specimen: _specimen, ...sample } = samples[number % samples.length] as Resource
    return {
      ...sample,
      id: `o${index}-${number}`,
      subject: { reference: `Patient/${patientIdOf(index)}` },
      effectiveDateTime: new Date(NOW - (number + 1) * DAY_MS - index * 1_000).toISOString(),
      ...(size === 'large' ? { note: [{ text: LARGE_NOTE }] } : {}),
    }
  })
}
