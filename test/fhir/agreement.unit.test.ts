import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { checkResource } from '../../src/fhir/compile.ts'
import { explainResource } from '../../src/fhir/explain.ts'
import { PRIMITIVES } from '../../src/fhir/primitives.ts'
import { isComplex, RESOURCE_TYPES, structureOf } from '../../src/fhir/structure.ts'
import { bundle, observation, patient } from './samples.ts'

type Members = Record<string, unknown>

/** Every object and list of a value. */
function containers(value: unknown): readonly (Members | unknown[])[] {
  if (typeof value !== 'object' || value === null) return []
  return [value as Members, ...Object.values(value).flatMap(containers)]
}

const LEAVES = [
  null,
  0,
  1,
  -1,
  1.5,
  true,
  '',
  'x',
  'final',
  ' ',
  '2026-02-30',
  '2026-02-28',
  [],
  {},
  [null],
  [{}],
  ['x'],
]
const leaf = fc.oneof(
  fc.constantFrom(...LEAVES),
  fc.constantFrom(observation(), patient(), { text: 'x' }, { url: 'x' }),
)
const NAMES = 'status _status valueString _valueString given _given resource resourceType extension id _id code text'
const names = fc.constantFrom(...`${NAMES} contained __proto__ value deceasedBoolean active url x`.split(' '))
const change = fc.record({
  where: fc.nat(),
  key: fc.nat(),
  name: names,
  value: leaf,
  how: fc.constantFrom('set', 'add', 'delete'),
})

describe('the compiled check and the walk through the table', () => {
  it('say the same of resources that were changed at random', () => {
    let refused = 0
    fc.assert(
      fc.property(fc.array(change, { minLength: 0, maxLength: 4 }), (changes) => {
        const resource = bundle(observation(), patient())
        for (const { where, key, name, value, how } of changes) {
          const all = containers(resource)
          const target = all[where % all.length] as Members
          const keys = Object.keys(target)
          const chosen = keys[key % Math.max(keys.length, 1)]
          if (how === 'add' && !Array.isArray(target)) target[name] = structuredClone(value)
          else if (chosen !== undefined && how === 'set') target[chosen] = structuredClone(value)
          else if (chosen !== undefined && !Array.isArray(target)) delete target[chosen]
        }
        const valid = checkResource(resource, 0)
        if (!valid) refused++
        expect(valid).toBe(explainResource(resource).length === 0)
      }),
      { numRuns: 3000 },
    )
    // Or nothing but valid ones would have been compared.
    expect(refused).toBeGreaterThan(1000)
  })

  it('say the same of every type with what it needs and nothing else', () => {
    for (const type of RESOURCE_TYPES) {
      const least = leastOf(type, 0)
      expect(explainResource(least), type).toEqual([])
      expect(checkResource(least, 0), type).toBe(true)
      const needed = Object.keys(least).filter((name) => name !== 'resourceType')
      for (const name of needed) {
        const { [name]: _gone, ...rest } = least
        expect(checkResource(rest, 0), `${type} without ${name}`).toBe(false)
        expect(explainResource(rest).map(({ code }) => code)).toEqual(['required'])
      }
    }
  })
})

describe('the table', () => {
  it('has the 146 types of resource, and every type that an element names', () => {
    expect(RESOURCE_TYPES.size).toBe(146)
    const seen = new Set<string>()
    const look = (name: string): void => {
      if (seen.has(name)) return
      seen.add(name)
      for (const { type } of structureOf(name).fields) {
        if (isComplex(type)) look(type)
        else expect(Object.keys(PRIMITIVES)).toContain(type)
      }
    }
    for (const type of RESOURCE_TYPES) look(type)
    expect(seen.size).toBeGreaterThan(600)
  })
})

const PRIMITIVE_SAMPLES: Readonly<Record<string, unknown>> = {
  base64Binary: 'AAAA',
  boolean: false,
  date: '2026-01-31',
  dateTime: '2026-01',
  decimal: 0,
  instant: '2026-01-31T00:00:00Z',
  integer: 0,
  oid: 'urn:oid:1.2',
  positiveInt: 1,
  time: '23:59:59',
  unsignedInt: 0,
  uuid: 'urn:uuid:00000000-0000-4000-8000-000000000000',
}

/** The smallest object of a type: one of each thing that must stand. */
function leastOf(name: string, depth: number): Members {
  const type = structureOf(name)
  const made: Members = type.resource ? { resourceType: name } : {}
  const chosen = new Set<string>()
  for (const field of type.fields) {
    if (!field.required || chosen.has(field.element)) continue
    chosen.add(field.element)
    const one = oneOf(field.type, field.codes, depth)
    made[field.name] = field.list ? [one] : one
  }
  if (Object.keys(made).length === 0) made['id'] = 'x'
  return made
}

function oneOf(type: string, codes: ReadonlySet<string> | undefined, depth: number): unknown {
  if (codes !== undefined) return [...codes][0]
  if (type === 'Resource') return { resourceType: 'Patient' }
  return isComplex(type) ? leastOf(type, depth + 1) : (PRIMITIVE_SAMPLES[type] ?? 'x')
}
