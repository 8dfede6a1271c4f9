import { spawnSync } from 'node:child_process'
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, beforeEach, expect, test } from 'vitest'

const SCRIPT = join(import.meta.dirname, '..', '..', 'scripts', 'count-results.mjs')
let dir: string
beforeEach(() => {
  dir = mkdtempSync(join(tmpdir(), 'ymt-count-'))
})
afterEach(() => rmSync(dir, { recursive: true }))

interface Outcome {
  readonly passed: number
  readonly failed: number
  readonly broken?: boolean
}
const report = (tests: Outcome | null, gates: readonly boolean[] | null) => {
  if (tests !== null) {
    const testResults = [
      { status: tests.broken === true ? 'failed' : 'passed', assertionResults: [] },
      {
        status: tests.failed > 0 ? 'failed' : 'passed',
        assertionResults: tests.failed > 0 ? [{ status: 'failed' }] : [],
      },
    ]
    const body = { numPassedTests: tests.passed, numFailedTests: tests.failed, testResults }
    writeFileSync(join(dir, 'tests.json'), JSON.stringify(body))
  }
  if (gates !== null) writeFileSync(join(dir, 'checks.json'), JSON.stringify(gates.map((ok) => ({ ok }))))
}
const count = (testCode: number, checkCode: number, demoCode = 0) => {
  const args = [
    SCRIPT,
    join(dir, 'tests.json'),
    String(testCode),
    join(dir, 'checks.json'),
    String(checkCode),
    String(demoCode),
  ]
  const { status, stdout } = spawnSync(process.execPath, args, { encoding: 'utf8' })
  return { status, line: stdout.trim() }
}

test('adds tests, gates and the demo', () => {
  report({ passed: 40, failed: 0 }, [true, true])
  expect(count(0, 0)).toEqual({ status: 0, line: '43 passed, 0 failed' })
})

test('a failed test and a failed gate both count', () => {
  report({ passed: 39, failed: 1 }, [true, false])
  expect(count(1, 1)).toEqual({ status: 1, line: '41 passed, 2 failed' })
})

test('a test file that does not load counts as a failure', () => {
  report({ passed: 40, failed: 0, broken: true }, [true])
  expect(count(1, 0)).toEqual({ status: 1, line: '42 passed, 1 failed' })
})

test('a run in which every test passed but which failed (coverage) counts as a failure', () => {
  report({ passed: 40, failed: 0 }, [true])
  expect(count(1, 0)).toEqual({ status: 1, line: '42 passed, 1 failed' })
})

test('a run without its report counts as a failure, whatever it returned', () => {
  report(null, [true])
  expect(count(0, 0)).toEqual({ status: 1, line: '2 passed, 1 failed' })
})

test('a demo that does not hold counts as a failure', () => {
  report({ passed: 40, failed: 0 }, [true])
  expect(count(0, 0, 1)).toEqual({ status: 1, line: '41 passed, 1 failed' })
})
