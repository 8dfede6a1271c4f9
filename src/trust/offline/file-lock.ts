import { rm, stat, writeFile } from 'node:fs/promises'
import { setTimeout as delay } from 'node:timers/promises'

export interface FileLock {
  release(): Promise<void>
}

/** It is held for one small file: whoever holds it this long was killed. */
const LEFT_BEHIND_MS = 10_000
const TRY_AGAIN_MS = 5

/** Waits until nobody else holds the lock file, over all processes of the machine. */
export async function takeLock(file: string): Promise<FileLock> {
  for (;;) {
    try {
      // Made only where it is not there: of all who try at once, one succeeds.
      await writeFile(file, String(process.pid), { flag: 'wx', mode: 0o600 })
      return { release: () => rm(file, { force: true }) }
    } catch (error) {
      if (!hasCode(error, 'EEXIST')) throw error
    }
    if (await isLeftBehind(file)) await rm(file, { force: true })
    else await delay(TRY_AGAIN_MS)
  }
}

/** By the clock of the file system, which is the machine's: the time of verification may be another. */
async function isLeftBehind(file: string): Promise<boolean> {
  try {
    return performance.timeOrigin + performance.now() - (await stat(file)).mtimeMs > LEFT_BEHIND_MS
  } catch (error) {
    if (hasCode(error, 'ENOENT')) return false
    throw error
  }
}

const hasCode = (error: unknown, code: string): boolean =>
  error instanceof Error && 'code' in error && error.code === code
