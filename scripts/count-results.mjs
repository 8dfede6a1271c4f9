// For .ci/run: adds up the tests' and the gates' reports and the demo, and prints "N passed, N failed" as the last line.
// Plain JavaScript for any Node. Arguments: tests.json, exit code of npm test, checks.json, exit code of npm run check,
// exit code of npm run demo.
import { existsSync, readFileSync } from 'node:fs'

const [testFile, testCode, checkFile, checkCode, demoCode] = process.argv.slice(2)

const tests = read(testFile)
// A file that could not be loaded has no failed test in it, but it is a failure.
const brokenFiles = (tests?.testResults ?? []).filter(
  ({ status, assertionResults }) => status === 'failed' && assertionResults.every((test) => test.status !== 'failed'),
)
const gates = read(checkFile)
const counts = [
  settle(tests && { passed: tests.numPassedTests, failed: tests.numFailedTests + brokenFiles.length }, testCode),
  settle(
    gates && { passed: gates.filter(({ ok }) => ok).length, failed: gates.filter(({ ok }) => !ok).length },
    checkCode,
  ),
  demoCode === '0' ? { passed: 1, failed: 0 } : { passed: 0, failed: 1 },
]

const passed = counts.reduce((sum, one) => sum + one.passed, 0)
const failed = counts.reduce((sum, one) => sum + one.failed, 0)
console.log(`${passed} passed, ${failed} failed`)
process.exitCode = failed === 0 && passed > 0 ? 0 : 1

function read(file) {
  return existsSync(file) ? JSON.parse(readFileSync(file, 'utf8')) : null
}

/**
 * A run that left no report has proved nothing and counts as one failure; so does one in which everything passed but
 * which failed all the same (the coverage gate, an unhandled error).
 */
function settle(counted, code) {
  if (counted === null) return { passed: 0, failed: 1 }
  return counted.failed === 0 && code !== '0' ? { ...counted, failed: 1 } : counted
}
