import { readdir, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { startEmbeddedPostgres } from '../../src/kernel/embedded-postgres.ts'
import { isOwnedByLivingProcess, readOwner } from '../../src/kernel/embedded-postgres-owner.ts'

/** A test run that was killed leaves a server and its folder behind; the next run clears them away. */
export async function removeAbandoned(): Promise<void> {
  for (const name of await readdir(tmpdir())) {
    if (!name.startsWith('ymt-test-postgres-')) continue
    const dir = join(tmpdir(), name)
    const owner = await readOwner(dir)
    if (owner === null || (await isOwnedByLivingProcess(owner))) continue
    // Starting stops the orphan, and stopping deletes the folder.
    const server = await startEmbeddedPostgres({ dir, persistent: false, durable: false }).catch(() => null)
    await (server === null ? rm(dir, { recursive: true, force: true }) : server.stop())
  }
}
