import { cpus, totalmem } from 'node:os'
import pg from 'pg'

/** What a figure depends on; no name of the machine, no path. */
export interface Machine {
  readonly cpu: string
  readonly cores: number
  readonly memoryMiB: number
  readonly node: string
  readonly postgres: string
  readonly redis: string | null
}

export async function describeMachine(databaseUrl: string, redis: string | null): Promise<Machine> {
  const client = new pg.Client({ connectionString: databaseUrl })
  await client.connect()
  try {
    const { rows } = await client.query<{ server_version: string }>('show server_version')
    const all = cpus()
    return {
      cpu: all[0]?.model ?? 'unknown',
      cores: all.length,
      memoryMiB: Math.round(totalmem() / 1_048_576),
      node: process.version,
      postgres: rows[0]?.server_version ?? 'unknown',
      redis,
    }
  } finally {
    await client.end()
  }
}
