// npm run check [-- GATE...]: everything that can be said about the code without running it, one line a gate.
import { spawn } from 'node:child_process'
import { existsSync } from 'node:fs'
import { writeFile } from 'node:fs/promises'
import { join } from 'node:path'

const ROOT = join(import.meta.dirname, '..')
const node = (script, ...args) => [process.execPath, join(ROOT, script), ...args]
const bin = (name, ...args) => [join(ROOT, 'node_modules/.bin', name), ...args]

/** In this order: what is quickest to find and to mend comes first. */
const gates = {
  format: bin('biome', 'check', '--linter-enabled=false', '--colors=off'),
  lint: bin('oxlint', '--type-aware', '--deny-warnings', '--ignore-pattern=test/fixtures/**'),
  clock: node('scripts/checks/clock.mjs'),
  types: bin('tsc', '--noEmit', '--pretty', 'false', '-p', '.'),
  boundaries: node('scripts/checks/boundaries.mjs'),
  tables: node('scripts/checks/tables.mjs'),
  knip: bin('knip', '--no-progress'),
  lockfile: node('scripts/checks/lockfile.mjs'),
  codegen: node('scripts/codegen.mjs', '--verify'),
  openapi: node('src/main.ts', 'openapi', '--check'),
}

const asked = process.argv.slice(2)
const unknown = asked.filter((name) => !(name in gates))
if (unknown.length > 0) {
  console.error(`unknown: ${unknown.join(', ')}; the gates are ${Object.keys(gates).join(', ')}`)
  process.exit(2)
}

const results = []
for (const name of asked.length > 0 ? asked : Object.keys(gates)) {
  const started = performance.now()
  const { ok, output } = await run(gates[name])
  const ms = Math.round(performance.now() - started)
  results.push({ name, ok, ms })
  console.log(`${ok ? '✓' : '✗'} ${name.padEnd(12)} ${String(ms).padStart(6)} ms`)
  if (!ok) console.log(output.trimEnd().replace(/^/gm, '    '))
}

const failed = results.filter(({ ok }) => !ok)
console.log(
  failed.length === 0 ? `${results.length} gates passed` : `failed: ${failed.map(({ name }) => name).join(', ')}`,
)
// For .ci/run, which adds these to the tests' numbers.
if (process.env.YMT_TEST_CHECK_REPORT) await writeFile(process.env.YMT_TEST_CHECK_REPORT, JSON.stringify(results))
process.exitCode = failed.length === 0 ? 0 : 1

function run([command, ...args]) {
  return new Promise((done) => {
    if (!existsSync(command) || (command === process.execPath && !existsSync(args[0]))) {
      return done({ ok: false, output: `${command === process.execPath ? args[0] : command} is missing` })
    }
    const child = spawn(command, args, {
      cwd: ROOT,
      env: { ...process.env, FORCE_COLOR: '0' },
      stdio: ['ignore', 'pipe', 'pipe'],
    })
    let output = ''
    child.stdout.on('data', (chunk) => (output += chunk))
    child.stderr.on('data', (chunk) => (output += chunk))
    child.once('error', (error) => done({ ok: false, output: String(error) }))
    child.once('close', (code) => done({ ok: code === 0, output }))
  })
}
