// The import rules hold in src/, and each of them can fail: the planted violations must all be reported.

import { spawnSync } from 'node:child_process'
import { readFile } from 'node:fs/promises'
import { join } from 'node:path'

const ROOT = join(import.meta.dirname, '..', '..')
const FIXTURE = join(ROOT, 'test/fixtures/boundaries')
const complaints = []

const source = cruise(ROOT)
// Under a TypeScript that it cannot use, the cruiser sees no module and reports success.
if (source.modules === 0) complaints.push('the cruiser saw no modules in src/')
for (const { rule, from, to } of source.violations) complaints.push(`${rule}: ${from} → ${to}`)

const planted = cruise(FIXTURE)
for (const { rule, from } of JSON.parse(await readFile(join(FIXTURE, 'expected.json'), 'utf8'))) {
  const isReported = planted.violations.some((found) => found.rule === rule && found.from === from)
  if (!isReported) complaints.push(`the planted violation of ${rule} in ${from} was not reported`)
}

for (const complaint of complaints) console.log(complaint)
console.log(`${source.modules} modules, ${planted.violations.length} planted violations reported`)
process.exitCode = complaints.length === 0 ? 0 : 1

function cruise(cwd) {
  const binary = join(ROOT, 'node_modules/dependency-cruiser/bin/dependency-cruiser.mjs')
  const config = join(ROOT, '.dependency-cruiser.cjs')
  const flags = [binary, 'src', '--config', config, '--output-type', 'json']
  const { stdout, stderr } = spawnSync(process.execPath, flags, { cwd, encoding: 'utf8', maxBuffer: 2 ** 28 })
  if (!stdout.startsWith('{')) throw new Error(`dependency-cruiser: ${stderr}${stdout}`)
  const { modules, summary } = JSON.parse(stdout)
  return {
    modules: modules.filter(({ source }) => source.startsWith('src/')).length,
    violations: summary.violations.map(({ rule, from, to }) => ({ rule: rule.name, from, to })),
  }
}
