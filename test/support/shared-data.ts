import { existsSync } from 'node:fs'
import { join, resolve } from 'node:path'

/**
 * Folder of published test vectors, which are not part of this repository: `YMT_SHARED_DIR`, or `shared` beside the
 * checkout. Undefined where it is missing, said aloud; with `CI` set that is a failure, because a check that saw nothing
 * also passes.
 */
export function sharedData(name: string): string | undefined {
  const dir = resolve(process.env['YMT_SHARED_DIR'] ?? '../shared', 'data', name)
  if (existsSync(dir)) return dir
  const missing = `NOT CHECKED: the vectors of ${name} are missing (${join(dir, '…')}; set YMT_SHARED_DIR)`
  if (process.env['CI']) throw new Error(missing)
  console.warn(missing)
  return undefined
}
