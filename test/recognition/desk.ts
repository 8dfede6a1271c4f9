import type { InstitutionTable } from '../../src/institutions/index.ts'
import {
  openRecognition,
  openRecognitionTags,
  type Recognition,
  recognitionRoutes,
  seedRecognition,
} from '../../src/recognition/index.ts'
import { CODES, useExchange } from '../records/exchange.ts'
import type { TestDatabase } from '../support/database.ts'

/** The register of institutions as far as recognition reads it: code -> division and level. */
const FACTS: Readonly<
  Record<string, { division: string; level: 0 | 1 | 2 | 3; city: '510100' | '510600' | '511400' | '512000' }>
> = {
  H51010400001: { division: '510104', level: 3, city: '510100' },
  H51060300001: { division: '510603', level: 2, city: '510600' },
  H51140200001: { division: '511402', level: 2, city: '511400' },
  H51200200001: { division: '512002', level: 2, city: '512000' },
}

export interface Decision {
  decisionId: string
  item: { code: string } | null
  outcome: string
  reason: { code: string } | null
  hits: { code: string; zh: string; en: string }[]
  mark: { label: string } | null
}
export const byItem = (decisions: readonly Decision[]) =>
  Object.fromEntries(
    decisions.map((one) => [one.item?.code ?? 'none', [one.outcome, ...one.hits.map((hit) => hit.code)].join(' ')]),
  )

const institutions: Pick<InstitutionTable, 'factsAt'> = {
  factsAt(code) {
    const facts = FACTS[code]
    return (
      facts && {
        ...facts,
        code,
        kind: 'hospital',
        name: `示范医院 ${code}`,
        uscc: '',
        zone: null,
        grade: '甲',
        community: false,
        designation: 'designated',
        suspended: false,
      }
    )
  },
}

/** What the hub decides for a hospital, over HTTP, on the sandbox's records of four real hospitals. */
export function useDesk(database: TestDatabase, env: Record<string, string> = {}) {
  let recognition: Recognition | undefined
  const opened = (): Recognition => {
    if (recognition === undefined) throw new Error('useDesk() gives its parts from beforeAll on')
    return recognition
  }
  const hub = useExchange(database, {
    env: { YMT_RECORDS_DEADLINE_MS: '900', ...env },
    annotate: async (deps) => {
      recognition = await openRecognition(deps)
      return {
        annotate: openRecognitionTags({ ...deps, institutions, recognition }),
        close: recognition.close,
      }
    },
    routes: (app, deps) => recognitionRoutes(app, { ...deps, institutions, recognition: opened() }),
  })

  let keys = 0
  async function decide(body: Record<string, unknown>, options: { institution?: string; key?: string } = {}) {
    const response = await hub.app.inject({
      method: 'POST',
      url: '/recognition/decisions',
      headers: {
        authorization: `Bearer ${await hub.token('hospital', options.institution ?? CODES[1])}`,
        'idempotency-key': options.key ?? `decision-${++keys}`,
        'x-purpose-of-use': 'TREAT',
      },
      payload: body,
    })
    return {
      status: response.statusCode,
      replayed: response.headers['idempotency-replayed'],
      text: response.body,
      body: response.json<{ decisions: Decision[]; code?: string; errors?: { pointer: string; detail: string }[] }>(),
    }
  }
  const report = (panel: string, institution: string = CODES[0]) => ({
    personId: hub.people[0]?.personId,
    result: { institution, type: 'DiagnosticReport', id: `r000001-1-${panel}` },
    visit: { kind: 'outpatient' },
  })
  async function seeded(): Promise<void> {
    await seedRecognition(
      hub.deps,
      Object.entries(FACTS).map(([code, { city }]) => ({ code, city })),
    )
    await opened().refresh()
  }

  /** Any other request of a hospital, or of the operator for the register. */
  async function ask(
    method: 'GET' | 'POST',
    url: string,
    options: {
      institution?: string
      role?: 'hospital' | 'operator'
      body?: object
      headers?: Record<string, string>
    } = {},
  ) {
    const { institution = CODES[1], role = 'hospital', body, headers } = options
    return await hub.app.inject({
      method,
      url,
      headers: {
        authorization: `Bearer ${await hub.token(role, role === 'hospital' ? institution : undefined)}`,
        'idempotency-key': `ask-${++keys}`,
        'x-purpose-of-use': 'TREAT',
        ...headers,
      },
      ...(body === undefined ? {} : { payload: body }),
    })
  }

  return { hub, decide, report, seeded, ask, refresh: () => opened().refresh() }
}
