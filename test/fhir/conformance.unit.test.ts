import { mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { describe, expect, it } from 'vitest'
import { runFhirVectors } from '../../src/fhir/index.ts'
import { sharedData } from '../support/shared-data.ts'
import { bundle, observation, patient } from './samples.ts'

describe.each([
  ['hl7-examples', 41],
  ['synthea', 12],
])('the published resources of %s', (name, count) => {
  const dir = sharedData(name)

  it.skipIf(dir === undefined)('give what they must, every one', async () => {
    const results = await runFhirVectors(dir as string)
    expect(results.filter(({ expected, got }) => expected !== got)).toEqual([])
    expect(results).toHaveLength(count)
  })
})

describe('the runner of FHIR resources', () => {
  async function run(files: Readonly<Record<string, string>>) {
    const dir = await mkdtemp(join(tmpdir(), 'ymt-fhir-'))
    try {
      for (const [name, text] of Object.entries(files)) await writeFile(join(dir, name), text)
      return await runFhirVectors(dir)
    } finally {
      await rm(dir, { recursive: true })
    }
  }

  it('expects every file to be valid where nothing else is said, and says where one is not', async () => {
    const bad = JSON.stringify(bundle(patient(), { ...observation(), status: 'x' }))
    const results = await run({ 'a.json': `${JSON.stringify(patient())}\n`, 'b.json': bad, 'c.txt': 'no vector' })
    expect(results).toEqual([
      { name: 'a.json', expected: 'valid', got: 'valid', codes: [] },
      { name: 'b.json', expected: 'valid', got: 'invalid', codes: ['code-invalid at Bundle.entry[1].resource.status'] },
    ])
  })

  it('goes by the index, and does not pass over a file that it names and that is missing', async () => {
    const vectors = [
      { file: 'a.json', expected: 'invalid' },
      { file: 'gone.json', expected: 'valid' },
    ]
    const results = await run({ 'index.json': JSON.stringify({ vectors }), 'a.json': '{}' })
    expect(results.map(({ name, expected, got }) => [name, expected, got])).toEqual([
      ['gone.json', 'valid', 'invalid'],
      ['a.json', 'invalid', 'invalid'],
    ])
  })

  it('refuses a text with doubled members, without an end, or nested too deeply', async () => {
    const results = await run({
      'deep.json': `{"resourceType":"Patient","extension":${'['.repeat(10_000)}${']'.repeat(10_000)}}`,
      'doubled.json': '{"resourceType":"Patient","active":true,"active":false}',
      'open.json': '{"resourceType":"Patient"',
    })
    expect(results.map(({ got }) => got)).toEqual(['invalid', 'invalid', 'invalid'])
  })
})
