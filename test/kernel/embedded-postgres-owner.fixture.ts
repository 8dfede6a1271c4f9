import { startEmbeddedPostgres } from '../../src/kernel/embedded-postgres.ts'

// A process that owns a server, for tests that kill it: prints where the server is and waits.
const [dir = ''] = process.argv.slice(2)
const { url, pid } = await startEmbeddedPostgres({ dir, log: (line) => process.stderr.write(`${line}\n`) })
process.stdout.write(`${JSON.stringify({ url, pid })}\n`)
setInterval(() => {}, 60_000)
