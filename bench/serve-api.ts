import { sql } from 'kysely'
import type { CityCode } from '../src/codes/index.ts'
import { runRegisterImport, seedRecognition } from '../src/recognition/index.ts'
import { type HospitalInput, seedHospitals } from '../src/records/index.ts'
import { answer } from './answer.ts'
import { evaluationsOf } from './records-order.ts'
import { type CardOrder, seedBenchCards, seedPopulation } from './seed.ts'
import { type BenchClient, listen, mintToken, openService } from './service.ts'
import { engine, fill, trialOf, written } from './settle-service.ts'
import { store } from './settle-store.ts'

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
    fill: (order: Parameters<typeof fill>[1]) => fill(service, order),
    store: (order: Parameters<typeof store>[1]) => store(service, order),
    analyze: async () => void (await sql`vacuum analyze`.execute(service.runtime.deps.db)),
    written: () => written(service),
    trial: (order: Parameters<typeof trialOf>[1]) => trialOf(service, order),
    engine: (order: Parameters<typeof engine>[1]) => engine(service, order),
  },
  async () => {
    await server.close()
    await service.close()
  },
)
