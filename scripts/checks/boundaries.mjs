// The import rules hold in src/, and each of them can fail: every rule has a planted violation, and all are reported.

import { spawnSync } from 'node:child_process'
import { readFile } from 'node:fs/promises'
import { createRequire } from 'node:module'
import { join } from 'node:path'

const ROOT = join(import.meta.dirname, '..', '..')
const CONFIG = join(ROOT, '.dependency-cruiser.cjs')
const FIXTURE = join(ROOT, 'test/fixtures/boundaries')
/** The check's own test names another list, with a rule left out and a violation that is none. */
const EXPECTED = process.argv[2] ?? join(FIXTURE, 'expected.json')
const complaints = []

const source = cruise(ROOT)
// Under a TypeScript that it cannot use, the cruiser sees no module and reports success.
if (source.modules === 0) complaints.push('the cruiser saw no modules in src/')
for (const { rule, from, to } of source.violations) complaints.push(`${rule}: ${from} → ${to}`)

const planted = cruise(FIXTURE)
const expected = JSON.parse(await readFile(EXPECTED, 'utf8'))
for (const { name } of createRequire(import.meta.url)(CONFIG).forbidden) {
  if (!expected.some(({ rule }) => rule === name)) complaints.push(`the rule ${name} has no planted violation`)
}
for (const { rule, from } of expected) {
  const isReported = planted.violations.some((found) => found.rule === rule && found.from === from)
  if (!isReported) complaints.push(`the planted violation of ${rule} in ${from} was not reported`)
}

for (const complaint of complaints) console.log(complaint)
console.log(`${source.modules} modules, ${planted.violations.length} planted violations reported`)
process.exitCode = complaints.length === 0 ? 0 : 1

function cruise(cwd) {
  const binary = join(ROOT, 'node_modules/dependency-cruiser/bin/dependency-cruiser.mjs')
  const flags = [binary, 'src', '--config', CONFIG, '--output-type', 'json']
  const { stdout, stderr } = spawnSync(process.execPath, flags, { cwd, encoding: 'utf8', maxBuffer: 2 ** 28 })
  if (!stdout.startsWith('{')) throw new Error(`dependency-cruiser: ${stderr}${stdout}`)
  const { modules, summary } = JSON.parse(stdout)
  return {
    modules: modules.filter(({ source }) => source.startsWith('src/')).length,
    violations: summary.violations.map(({ rule, from, to }) => ({ rule: rule.name, from, to })),
  }
}
