// A worker process of its own, for tests that kill it: node worker.fixture.ts, configured by the environment.
import { openCatalogue } from '../../src/catalogue/index.ts'
import { openInstitutionTable } from '../../src/institutions/index.ts'
import { createChangeFeed } from '../../src/kernel/change-feed.ts'
import { createDb } from '../../src/kernel/db.ts'
import { createLog } from '../../src/kernel/log.ts'
import { createOutbox, deliver } from '../../src/kernel/outbox.ts'
import { createQueues, type QueueStore } from '../../src/kernel/queue.ts'
import { manualClock } from '../../src/kernel/time.ts'
import { openSettlement, settlementSubscriptions } from '../../src/settlement/index.ts'

const { url, store, now } = JSON.parse(process.env['WORKER'] ?? '{}') as { url: string; store: QueueStore; now: string }
const db = createDb({ url, name: 'settlement-worker' })
const log = createLog({ level: 'silent', name: 'worker' })
const clock = manualClock(now)
const changes = createChangeFeed({ url, name: 'settlement-worker-changes', log })
const institutions = await openInstitutionTable({ db, log, changes })
const catalogue = await openCatalogue({ db, log, changes })
const settlement = await openSettlement({
  db,
  log,
  clock,
  changes,
  // A worker accepts no claims.
  outbox: createOutbox({ db, clock, routes: [], enqueue: async () => {}, onError: () => {} }),
  institutions,
  catalogue,
})
const queues = createQueues(store, (error) => log.error({ err: error }, 'queue failed'))
const worker = await queues.work('settlement', {
  concurrency: 8,
  run: async (job) => void (await deliver(db, clock, settlementSubscriptions(settlement), job.outboxId)),
  onError: (error) => log.error({ err: error }, 'worker failed'),
})
// What a killed worker left behind is settled at once; its jobs come back only when their locks have expired.
const stopSettling = await settlement.pump.start()
const stop = async (): Promise<void> => {
  await worker.close()
  await stopSettling()
  await queues.close()
  await settlement.close()
  await catalogue.close()
  await institutions.close()
  await db.destroy()
}
process.once('SIGTERM', () => void stop())
process.stdout.write('ready\n')
