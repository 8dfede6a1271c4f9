// npm test [-- ARGUMENTS FOR VITEST]: without arguments all tests, on both queue backends, and the coverage gate;
// with arguments only what they ask for, without the gate, which a part of the tests cannot pass.
import { spawn } from 'node:child_process'
import { join } from 'node:path'

const ROOT = join(import.meta.dirname, '..')
const asked = process.argv.slice(2)
const report = process.env.YMT_TEST_REPORT
const args = [
  join(ROOT, 'node_modules/vitest/vitest.mjs'),
  'run',
  ...(asked.length > 0 ? asked : ['--coverage']),
  // For .ci/run, which counts from it.
  ...(report ? ['--reporter=default', '--reporter=json', `--outputFile.json=${report}`] : []),
]
const child = spawn(process.execPath, args, { cwd: ROOT, stdio: 'inherit' })
// Vitest stops its servers on these; this process waits for it and passes its result on.
for (const signal of ['SIGINT', 'SIGTERM']) process.on(signal, () => child.kill(signal))
child.once('close', (code) => {
  process.exitCode = code ?? 1
})
