// npm run his: a hub of its own on this machine, and a hospital's and a pharmacy's system that use it over HTTP.
import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { buildApp } from '../../src/app.ts'
import { CITIES } from '../../src/codes/index.ts'
import { readConfig } from '../../src/kernel/config.ts'
import { createDb } from '../../src/kernel/db.ts'
import { startEmbeddedPostgres } from '../../src/kernel/embedded-postgres.ts'
import { migrateToLatest } from '../../src/kernel/migrate.ts'
import { openLive } from '../../src/live.ts'
import { openRuntime } from '../../src/runtime.ts'
import { routes } from '../../src/subscriptions.ts'
import { startWorkers } from '../../src/worker.ts'
import { runStory } from './his/story.ts'
import { makeHis, makePerson, seedHub } from './seed.ts'

const say = (line: string): void => void process.stdout.write(`${line}\n`)

const dir = await mkdtemp(join(tmpdir(), 'ymt-his-'))
const stops: (() => Promise<unknown>)[] = [() => rm(dir, { recursive: true, force: true })]
try {
  const server = await startEmbeddedPostgres({ dir: join(dir, 'postgres'), persistent: false, durable: false })
  stops.push(() => server.stop())
  const db = createDb({ url: server.url })
  await migrateToLatest(db)
  await db.destroy()
  const config = readConfig({
    YMT_LOG_LEVEL: 'silent',
    YMT_DATA_DIR: join(dir, 'data'),
    YMT_RATE_PER_MINUTE: '1000000',
  })
  const runtime = openRuntime({ config, databaseUrl: server.url, name: 'his', routes })
  stops.push(() => runtime.close())
  const { deps } = runtime
  await seedHub(deps)
  const live = await openLive(deps)
  stops.push(() => live.close())
  const workers = await startWorkers(deps, live, runtime.queues)
  stops.push(() => workers.close())
  const app = await buildApp(deps, live)
  stops.push(() => app.close())
  const url = await app.listen({ port: 0, host: '127.0.0.1' })
  say(`hub at ${url}`)
  const parts = { deps, nhsa: live.nhsa, url }
  const taken = new Set<string>()
  for (const treated of CITIES) {
    const hospital = await makeHis(parts, taken, { city: treated.code, kind: 'hospital' })
    const shop = await makeHis(parts, taken, { city: treated.code, kind: 'pharmacy' })
    for (const insured of CITIES) {
      say(`\n${insured.zh}参保，${treated.zh}就医`)
      const { name, idNumber } = await makePerson(deps, insured.code)
      await runStory(hospital, shop, { name, idNumber }, say)
    }
  }
} finally {
  for (const stop of stops.reverse()) await stop()
}
