import assert from 'node:assert/strict'
import { validateResource } from '../src/fhir/index.ts'
import { generateLabRecords } from '../src/sandbox/lab-records.ts'
import { generatePeople } from '../src/sandbox/people.ts'

/** One round: time for a bundle, in microseconds. */
export interface ValidateFigures {
  readonly validateUs: number
  readonly parseUs: number
}

const SIZES = [20, 50, 100]
const PEOPLE = 60
/** Bundles between two looks at the clock. */
const SLICE = 30

/**
 * Structure validation of bundles as hospitals answer them, against JSON.parse of the same texts. Each text is parsed and
 * what came of it validated at once, as in a request; so both meet the same disturbance, and no object is seen twice.
 */
export function openValidateSample(): (seconds: number) => ValidateFigures {
  const texts = makeBundles()
  let next = 0
  return (seconds) => {
    let [validate, parse, count] = [0, 0, 0]
    const until = performance.now() + seconds * 1000
    while (performance.now() < until) {
      for (let one = 0; one < SLICE; one++) {
        const text = texts[next++ % texts.length] as string
        const start = performance.now()
        const value: unknown = JSON.parse(text)
        const middle = performance.now()
        const issues = validateResource(value)
        validate += performance.now() - middle
        parse += middle - start
        assert.equal(issues.length, 0)
      }
      count += SLICE
    }
    return { validateUs: (1000 * validate) / count, parseUs: (1000 * parse) / count }
  }
}

/** Searchsets of 20, 50 and 100 resources of a hospital's laboratory, written without white space. */
function makeBundles(): readonly string[] {
  const hospital = { code: 'H51010000001', name: '四川省成都市第一测试医院' }
  const records = generateLabRecords(
    'bench',
    generatePeople('bench', PEOPLE).map((person, index) => ({ id: `p${index}`, ...person })),
    hospital,
    new Date('2026-07-01T00:00:00Z'),
  )
  const texts: string[] = []
  for (let from = 0, size = SIZES[0] as number; from + size <= records.length; from += size) {
    size = SIZES[texts.length % SIZES.length] as number
    const entry = records.slice(from, from + size).map((resource) => ({
      fullUrl: `https://hospital.example/fhir/${resource.resourceType}/${resource.id ?? ''}`,
      resource,
      search: { mode: 'match' },
    }))
    texts.push(JSON.stringify({ resourceType: 'Bundle', type: 'searchset', total: entry.length, entry }))
  }
  return texts
}
