import { mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { describe, expect, it } from 'vitest'
import { runConformance } from '../../src/foreign/index.ts'
import { sharedData } from '../support/shared-data.ts'

async function run(format: string, dir: string | undefined): Promise<{ good: boolean; lines: string[] }> {
  const lines: string[] = []
  const good = await runConformance({ format, dir }, (line) => lines.push(line))
  return { good, lines }
}

describe.each(['shc', 'dcc'])('the published vectors of %s', (format) => {
  const dir = sharedData(format)

  it.skipIf(dir === undefined)('give what they must, every one', { timeout: 60_000 }, async () => {
    const { good, lines } = await run(format, dir)
    expect(lines.filter((line) => line.startsWith('FAILED'))).toEqual([])
    expect(lines.at(-1)).toMatch(/^[1-9]\d* passed, 0 failed$/)
    expect(good).toBe(true)
  })
})

describe('the runner of vectors', () => {
  async function withIndex(vectors: readonly object[], files: Readonly<Record<string, string>>) {
    const dir = await mkdtemp(join(tmpdir(), 'ymt-vectors-'))
    try {
      const index = {
        validationTime: 1_653_955_200,
        issuer: 'https://issuer.example',
        issuerKeys: 'keys.json',
        vectors,
      }
      await writeFile(join(dir, 'index.json'), JSON.stringify(index))
      for (const [name, text] of Object.entries({ 'keys.json': '{}', ...files })) await writeFile(join(dir, name), text)
      return await run('shc', dir)
    } finally {
      await rm(dir, { recursive: true })
    }
  }

  it('says what a vector must give, what it gave, and why', async () => {
    const { good, lines } = await withIndex([{ file: 'a.txt', type: 'jws', expected: 'valid', basis: 'tests' }], {
      'a.txt': 'no card',
    })
    expect(good).toBe(false)
    expect(lines).toEqual([
      'FAILED a.txt: expected valid, got invalid (malformed, keys.json: /issuers/0/jwks is not a key set of 1 to 100 keys)',
      '0 passed, 1 failed',
    ])
  })

  it('counts nothing that is not a vector, and a run of nothing is no success', async () => {
    const { good, lines } = await withIndex([{ file: 'a.txt', type: 'support', expected: 'not a vector' }], {})
    expect(good).toBe(false)
    expect(lines).toEqual(['0 passed, 0 failed'])
  })
})
