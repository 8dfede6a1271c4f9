import { expect, it } from 'vitest'
import { runConformance } from '../../src/foreign/index.ts'
import { sharedData } from '../support/shared-data.ts'

const dir = sharedData('status-list')

it.skipIf(dir === undefined)('every published vector of status lists gives what it must', async () => {
  const lines: string[] = []
  await runConformance({ format: 'status-list', dir }, (line) => lines.push(line))
  expect(lines.filter((line) => line.startsWith('FAILED'))).toEqual([])
  expect(lines.at(-1)).toMatch(/^[1-9]\d* passed, 0 failed$/)
})
