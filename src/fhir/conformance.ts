import { readdir, readFile } from 'node:fs/promises'
import { join } from 'node:path'
import { parseStrictObject } from '../kernel/strict-json.ts'
import { validateResource } from './validate.ts'

/** What a file must give and what it gave. */
export interface FhirVector {
  readonly name: string
  readonly expected: string
  readonly got: 'valid' | 'invalid'
  /** Why it is invalid: code and place of the first issues. */
  readonly codes: readonly string[]
}

const INDEX = 'index.json'
const SHOWN_ISSUES = 5

/**
 * Validates every JSON file of a folder, a resource or a bundle each. `index.json` says what a file must give, as
 * `vectors` with `file` and `expected`; what it does not name must be valid.
 */
export async function runFhirVectors(dir: string): Promise<readonly FhirVector[]> {
  const names = (await readdir(dir)).filter((name) => name.endsWith('.json')).toSorted()
  const expectations = names.includes(INDEX) ? await readIndex(join(dir, INDEX)) : new Map<string, string>()
  const missing = [...expectations.keys()].filter((name) => !names.includes(name))
  const results: FhirVector[] = missing.map((name) => {
    return { name, expected: expectations.get(name) ?? '', got: 'invalid', codes: ['there is no such file'] }
  })
  for (const name of names) {
    if (name === INDEX) continue
    const codes = judge(await readFile(join(dir, name), 'utf8'))
    const got = codes.length === 0 ? 'valid' : 'invalid'
    results.push({ name, expected: expectations.get(name) ?? 'valid', got, codes })
  }
  return results
}

function judge(text: string): readonly string[] {
  const resource = parseStrictObject(text.trim())
  if (resource === undefined) return ['not a JSON object without doubled members']
  const issues = validateResource(resource)
  const shown = issues.slice(0, SHOWN_ISSUES).map(({ code, expression }) => `${code} at ${expression}`)
  return issues.length > SHOWN_ISSUES ? [...shown, `${issues.length - SHOWN_ISSUES} more`] : shown
}

interface Index {
  readonly vectors: readonly { readonly file: string; readonly expected: string }[]
}

async function readIndex(path: string): Promise<ReadonlyMap<string, string>> {
  const { vectors } = JSON.parse(await readFile(path, 'utf8')) as Index
  return new Map(vectors.map(({ file, expected }) => [file, expected]))
}
