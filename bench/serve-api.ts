import type { CityCode } from '../src/codes/index.ts'
import { runRegisterImport, seedRecognition } from '../src/recognition/index.ts'
import { type HospitalInput, seedHospitals } from '../src/records/index.ts'
import { readBill } from '../src/settlement/wire.ts'
import { answer } from './answer.ts'
import type { Bill } from './bills.ts'
import { evaluationsOf } from './records-order.ts'
import { type CardOrder, seedBenchCards, seedPopulation } from './seed.ts'
import { type BenchClient, listen, mintToken, openService } from './service.ts'

/** The service's API in a process of its own. The work that fills its database is done here too, before any round. */
const service = await openService('api')
// 0 takes a free port; a second process gets the first one's, to share it.
const server = await listen(service, Number(process.env['BENCH_PORT'] ?? 0))

answer(
  {
    url: () => server.url,
    pause: () => server.pause(),
    resume: () => server.resume(),
    loaded: () => ({ ms: service.loadMs, statusBytes: service.live.cards.loaded.statusBytes }),
    /** Resolves when nothing more is being read into memory. */
    warmed: () => service.live.cards.warmed(),
    token: (client: BenchClient) => mintToken(service, client),
    /** What counters ask for: they verify and see the masked name. */
    tokens: (clients: readonly BenchClient[]) =>
      Promise.all(clients.map((client) => mintToken(service, client, ['cards.verify', 'cards.read']))),
    seed: (count: number) => seedPopulation(service, count),
    hospitals: async (list: readonly (HospitalInput & { readonly institution: string })[]) => {
      await seedHospitals(service.runtime.deps, list)
      await service.live.refresh()
    },
    /** Marks, assessments and prices for the results of these hospitals. */
    recognition: async (list: readonly { readonly code: string; readonly city: string }[]) => {
      const { deps } = service.runtime
      await seedRecognition(deps, list)
      const text = evaluationsOf(list.map((one) => one.code))
      await runRegisterImport(deps, { text, kind: undefined, dryRun: false }, () => {})
      await service.live.refresh()
    },
    /** The most memory that the process has ever had. */
    peakMib: () => process.resourceUsage().maxRSS / 1024,
    cards: (order: CardOrder) => seedBenchCards(service, order),
    keys: (city: CityCode) => service.live.issuerKeys.publishedKeys(city),
    flush: () => service.live.verificationAudit.flush(),
    fill,
  },
  async () => {
    await server.close()
    await service.close()
  },
)

const AT_A_TIME = 400
let filled = 0

/** Submits claims by the route's own verb: rows, keys and events are the same, only HTTP is left out. */
async function fill(order: { institution: string; bills: readonly Bill[] }): Promise<void> {
  const { deps } = service.runtime
  const { desk } = service.live.settlement
  const { institution } = order
  const left = [...order.bills]
  const submit = async (): Promise<void> => {
    for (let bill = left.pop(); bill !== undefined; bill = left.pop()) {
      const key = `fill-${process.pid}-${filled++}`
      const by = { actor: 'bench', actorOrg: institution, role: 'hospital' }
      await desk.submit({ institution, key, requestHash: Buffer.from(key), by }, readBill(bill))
    }
  }
  await Promise.all(Array.from({ length: AT_A_TIME }, submit))
  await deps.outbox.settled()
}
