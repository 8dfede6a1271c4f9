import { randomUUID } from 'node:crypto'
import { labsRoutes } from '../../src/labs/index.ts'
import { labsSubscriptions } from '../../src/labs/jobs.ts'
import { mappingsRoutes } from '../../src/mappings/index.ts'
import { type PersonId, seedPeople } from '../../src/people/index.ts'
import { generatePeople } from '../../src/sandbox/people.ts'
import type { TestDatabase } from '../support/database.ts'
import { useSlices } from '../support/slice-hub.ts'

export const OWN = 'H51060300001'
export const OTHER = 'H51140200001'
export const SYSTEM = `urn:yimatong:lab-codes:${OWN}`
/** Hospitals of the tests, with the unified credit codes they have in the register. */
const USCC: Readonly<Record<string, string>> = { [OWN]: '12510600450718500J' }

export const seeds = generatePeople('labs', 6)

/** The identity number of a seeded person as PID-3 gives it. */
export const pid = (index: number): string => `${seeds[index]?.idNumber}^^^&2.16.156.10011.1.3&ISO^NNCHN`

/** The routes of labs and mappings over a real database, with two registered laboratory systems. */
export function useLabs(database: TestDatabase, env: Record<string, string> = {}) {
  const ids: PersonId[] = []
  const hub = useSlices(database, {
    env,
    seed: async (deps) => {
      ids.push(...(await seedPeople(deps, seeds)))
    },
    routes: (app, deps) => {
      const institutions = {
        get: (code: string) => {
          const uscc = USCC[code]
          return uscc === undefined
            ? undefined
            : ({
                code,
                uscc,
                kind: 'hospital',
                name: code,
                city: '510600',
                division: '510603',
                zone: null,
                levels: [],
                designations: [],
                suspensions: [],
                recognitions: [],
              } as const)
        },
      }
      labsRoutes(app, { ...deps, institutions })
      mappingsRoutes(app, deps)
    },
    subscriptions: (deps) => [
      ...labsSubscriptions(deps),
      // Nobody in these tests reacts to a changed result; the rows are looked at.
      { topic: 'records.result-changed', queue: 'recognition', handle: async () => undefined },
    ],
  })

  const post = async (url: string, type: string, payload: string | Buffer, institution = OWN) => {
    const headers = await hub.token('hospital', { institution })
    const reply = await hub.app.inject({ method: 'POST', url, headers: { ...headers, 'content-type': type }, payload })
    return { status: reply.statusCode, text: reply.body }
  }

  return {
    hub,
    person: (index: number) => ids[index] as PersonId,
    async sender(facility: string, of: object = {}, institution = OWN) {
      const settings = {
        institution,
        laboratory: null,
        codeSystem: `urn:yimatong:lab-codes:${institution}`,
        charset: 'GB18030',
        addresses: ['127.0.0.1'],
        enabled: true,
        ...of,
      }
      const headers = await hub.token('operator')
      const reply = await hub.app.inject({
        method: 'PUT',
        url: `/labs/senders/${facility}`,
        headers,
        payload: settings,
      })
      if (reply.statusCode !== 200) throw new Error(reply.body)
    },
    async hl7(message: string | Buffer, institution = OWN) {
      const { status, text } = await post('/labs/hl7v2', 'application/hl7-v2', message, institution)
      const lines = text.split('\r')
      const [, code = '', controlId = ''] = lines.find((line) => line.startsWith('MSA'))?.split('|') ?? []
      return { status, text, code, controlId, errors: lines.filter((line) => line.startsWith('ERR')) }
    },
    async cda(document: string | Buffer, institution = OWN) {
      const { status, text } = await post('/labs/cda', 'application/xml', document, institution)
      return { status, body: JSON.parse(text) }
    },
    async call(
      method: 'GET' | 'POST',
      url: string,
      body?: object,
      of: { institution?: string; clientId?: string } = {},
    ) {
      const headers = await hub.token('hospital', {
        institution: of.institution ?? OWN,
        ...(of.clientId === undefined ? {} : { clientId: of.clientId }),
      })
      const reply = await hub.app.inject({
        method,
        url,
        headers: { ...headers, 'idempotency-key': randomUUID() },
        ...(body === undefined ? {} : { payload: body }),
      })
      return { status: reply.statusCode, body: reply.json() }
    },
    /** Two persons of the hospital propose and confirm. */
    async map(...mappings: object[]) {
      const proposed = await this.call(
        'POST',
        '/mappings',
        {
          officer: 'lab-1',
          mappings: mappings.map((one) => ({ localSystem: SYSTEM, from: '2026-01-01', ...one })),
        },
        { clientId: 'lab-desk' },
      )
      if (proposed.status !== 201) throw new Error(JSON.stringify(proposed.body))
      const ids = proposed.body.mappings.map((one: { mappingId: string }) => one.mappingId)
      const confirmed = await this.call(
        'POST',
        '/mappings/confirmation',
        { officer: 'lab-2', ids },
        { clientId: 'lab-lead' },
      )
      if (confirmed.status !== 200) throw new Error(JSON.stringify(confirmed.body))
      return ids as string[]
    },
  }
}
