import { join } from 'node:path'
import { GoldenFileError, type GoldenResult, runGoldenCases } from '../benefits/index.ts'
import { CommandError } from './command.ts'
import { readTextFile } from './read-text-file.ts'

export const GOLDEN_USAGE = 'golden [FILE]'
const SECTION_4 = join(import.meta.dirname, '../../test/golden/section-4.json')
const MOST_BYTES = 50_000_000

/** `golden`: benefit cases from a file, each failure in words, and the sums at the end. No database is needed. */
export async function runGolden(args: readonly string[]): Promise<void> {
  const [path = SECTION_4, ...more] = args
  if (more.length > 0 || path.startsWith('-')) throw new CommandError(`Usage: ${GOLDEN_USAGE}`)
  const results = readResults(path, await readTextFile(path, MOST_BYTES))
  process.stdout.write(`${reportGolden(results).join('\n')}\n`)
  if (results.some((one) => one.failures.length > 0)) process.exitCode = 1
}

const readResults = (path: string, text: string): readonly GoldenResult[] => {
  try {
    return runGoldenCases(text)
  } catch (error) {
    throw error instanceof GoldenFileError ? new CommandError(`${path}: ${error.message}`) : error
  }
}

/** The lines of the report: what failed and what was not understood, then how many passed. */
export function reportGolden(results: readonly GoldenResult[]): readonly string[] {
  const failed = results.filter((one) => one.failures.length > 0)
  return [
    ...results.flatMap((one) =>
      one.unused.map((field) => `note: ${one.name}: ${field} means nothing here and was not used`),
    ),
    ...failed.flatMap((one) => [`FAILED ${one.name}`, ...one.failures.map((line) => `  ${line}`)]),
    `${results.length - failed.length} passed, ${failed.length} failed`,
  ]
}
