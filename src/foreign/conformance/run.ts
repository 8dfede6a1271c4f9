import { join, resolve } from 'node:path'
import { runDccVectors } from './dcc.ts'
import { reportVectors, type VectorResult } from './report.ts'
import { runShcVectors } from './shc.ts'
import { runStatusListVectors } from './status-list.ts'

const RUNNERS: Readonly<Record<string, (dir: string) => Promise<readonly VectorResult[]>>> = {
  shc: runShcVectors,
  dcc: runDccVectors,
  'status-list': runStatusListVectors,
}

export const CONFORMANCE_FORMATS: readonly string[] = Object.keys(RUNNERS)

/**
 * Runs the vectors of a folder: `index.json` and the files that it names. Without a folder, those of the data that lie
 * beside the checkout. True where every vector gave what it must.
 */
export async function runConformance(
  run: { readonly format: string; readonly dir?: string | undefined; readonly sharedDir?: string | undefined },
  write: (line: string) => void,
): Promise<boolean> {
  const runner = RUNNERS[run.format]
  if (runner === undefined) throw new TypeError(`no vectors of this format: ${run.format}`)
  const dir = resolve(run.dir ?? join(run.sharedDir ?? '../shared', 'data', run.format))
  return reportVectors(await runner(dir), write)
}
