import { spawn } from 'node:child_process'
import {
  appendFileSync,
  cpSync,
  mkdirSync,
  mkdtempSync,
  readFileSync,
  rmSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs'
import { tmpdir } from 'node:os'
import { dirname, join } from 'node:path'
import { afterEach, beforeEach, describe, expect, test } from 'vitest'

// `npm run check` on copies of the checkout with planted faults: a gate that cannot fail proves nothing. The gates
// that are scripts of our own have their tests in checks.unit.test.ts.

const ROOT = join(import.meta.dirname, '..', '..')
let dir: string
beforeEach(() => {
  dir = mkdtempSync(join(tmpdir(), 'ymt-gates-'))
  for (const file of ['scripts', '.gitignore', 'biome.json', 'knip.json', 'tsconfig.json']) {
    cpSync(join(ROOT, file), join(dir, file), { recursive: true })
  }
  symlinkSync(join(ROOT, 'node_modules'), join(dir, 'node_modules'))
})
afterEach(() => rmSync(dir, { recursive: true }))

const put = (file: string, text: string) => {
  mkdirSync(dirname(join(dir, file)), { recursive: true })
  writeFileSync(join(dir, file), text)
}

/** Runs the gates; what failed with its output, by gate. */
async function check(...gates: string[]): Promise<{ code: number | null; failures: Record<string, string> }> {
  const child = spawn(process.execPath, [join(dir, 'scripts/check.mjs'), ...gates])
  let output = ''
  child.stdout.on('data', (chunk) => (output += chunk))
  child.stderr.on('data', (chunk) => (output += chunk))
  const code = await new Promise<number | null>((done) => child.once('close', done))
  const parts = [...output.matchAll(/^✗ (\w+).*\n((?: {4}.*\n)*)/gm)]
  return { code, failures: Object.fromEntries(parts.map(([, gate, text]) => [gate, text])) }
}

describe('the gates on a small checkout', () => {
  const gates = ['format', 'types', 'knip', 'lockfile']
  const lockfile = (...packages: string[]) => {
    const entry = {
      version: '1.0.0',
      optionalDependencies: { 'tool-linux-x64': '1.0.0', 'tool-darwin-arm64': '1.0.0' },
    }
    const entries = packages.map((name) => [`node_modules/${name}`, { version: '1.0.0', optional: true }])
    put(
      'package-lock.json',
      JSON.stringify({ packages: { 'node_modules/tool': entry, ...Object.fromEntries(entries) } }),
    )
  }
  beforeEach(() => {
    put('package.json', `${JSON.stringify({ name: 'planted', type: 'module' }, null, 2)}\n`)
    // It imports what this checkout does not have.
    rmSync(join(dir, 'scripts/codegen.mjs'))
    put('src/main.ts', "import { one } from './one.ts'\n\nconsole.log(one)\n")
    put('src/one.ts', 'export const one: number = 1\n')
    lockfile('tool-linux-x64', 'tool-darwin-arm64')
  })

  test('pass what is right', async () => {
    expect(await check(...gates)).toEqual({ code: 0, failures: {} })
  })

  test('fail for a line out of form, a wrong type, an export nobody uses and a package of another system left out', async () => {
    put('src/main.ts', 'import {one} from "./one.ts"\n\nconsole.log(one);\n')
    put('src/one.ts', "export const one: number = 'one'\nexport const unused = 1\n")
    lockfile('tool-linux-x64')
    const { code, failures } = await check(...gates)
    expect(code).toBe(1)
    expect(Object.keys(failures)).toEqual(gates)
    expect(failures['format']).toContain('src/main.ts')
    expect(failures['types']).toContain("src/one.ts(1,14): error TS2322: Type 'string' is not assignable")
    expect(failures['knip']).toMatch(/unused +src\/one\.ts:2/)
    expect(failures['lockfile']).toContain('not in package-lock.json: tool-darwin-arm64')
  })
})

describe('the gates on what is generated', () => {
  beforeEach(() => {
    for (const file of ['src', 'migrations', 'package.json', 'openapi.json']) {
      cpSync(join(ROOT, file), join(dir, file), { recursive: true })
    }
  })

  test('fail when the table types or the API description are not those of the migrations and the routes', async () => {
    appendFileSync(join(dir, 'src/kernel/db-types.generated.ts'), 'export type Planted = never\n')
    const api = readFileSync(join(dir, 'openapi.json'), 'utf8')
    put('openapi.json', api.replace('"/settlement/claims/{id}"', '"/settlement/claims/{planted}"'))
    const [codegen, openapi] = await Promise.all([check('codegen'), check('openapi')])
    expect(codegen.code).toBe(1)
    expect(codegen.failures['codegen']).toContain('Planted')
    expect(openapi.code).toBe(1)
    expect(openapi.failures['openapi']).toContain('openapi.json is not what the routes say')
  })
})
