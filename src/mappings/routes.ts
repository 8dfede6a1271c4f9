import { allow } from '../http/access.ts'
import type { App } from '../http/app-type.ts'
import { answerOnce, IdempotencyHeaders } from '../http/repeat.ts'
import type { Deps } from '../kernel/deps.ts'
import { callerOf } from './caller.ts'
import { confirmMappings, retireMappings } from './confirm-mappings.ts'
import { type Comparison, compareCsv, importMappings } from './import-mappings.ts'
import { proposeMappings } from './propose-mappings.ts'
import * as schema from './schema.ts'
import { readRecords } from './store.ts'
import type { MappingDraft, MappingRecord } from './types.ts'
import { readUnmapped } from './unmapped-store.ts'

const tags = ['mappings']

/** Every route is about the codes of the token's own institution. */
export function mappingsRoutes(app: App, deps: Pick<Deps, 'db' | 'clock' | 'keyring' | 'outbox'>): void {
  app.post(
    '/mappings',
    {
      config: allow('mappings.propose', ['hospital'], 'key'),
      schema: {
        tags,
        summary: 'Propose what local codes and units of your institution mean (项目对照)',
        description:
          'They count for nothing until another client and another officer of the institution have confirmed them.',
        headers: IdempotencyHeaders,
        body: schema.ProposeBody,
        response: { 201: schema.MappingList },
      },
    },
    async (request, reply) => {
      const { officer, mappings } = request.body
      return await answerOnce(deps, request, reply, async (tx) => {
        const drafts = mappings.map((one): MappingDraft => ({ ...NOTHING, ...one }))
        const rows = await proposeMappings(deps, tx, { officer, drafts, by: callerOf(request) })
        return { status: 201, body: { mappings: rows.map(present) }, location: '/mappings' }
      })
    },
  )

  app.post(
    '/mappings/import',
    {
      config: allow('mappings.propose', ['hospital'], 'key'),
      schema: {
        tags,
        summary: 'Propose mappings from a CSV text; with dryRun only what would change',
        description:
          'Where one row is not valid nothing is written. A row that says what is there already changes nothing.',
        headers: IdempotencyHeaders,
        body: schema.ImportBody,
        response: { 200: schema.ImportAnswer },
      },
    },
    async (request, reply) => {
      const { officer, csv, dryRun } = request.body
      const by = callerOf(request)
      return await answerOnce(deps, request, reply, async (tx) => {
        if (dryRun) {
          const compared = await compareCsv(deps, tx, { institution: by.institution, csv })
          return { status: 200, body: presentImport(compared, 0, true) }
        }
        const imported = await importMappings(deps, tx, { officer, csv, by })
        return { status: 200, body: presentImport(imported, imported.proposed.length, false) }
      })
    },
  )

  app.post(
    '/mappings/confirmation',
    {
      config: allow('mappings.confirm', ['hospital'], 'key'),
      schema: {
        tags,
        summary: 'Confirm proposals, as another client and another officer than who proposed them',
        description:
          'What held before for the same key ends the day before. Results that are held here under these codes are read anew.',
        headers: IdempotencyHeaders,
        body: schema.ConfirmBody,
        response: { 200: schema.MappingList },
      },
    },
    async (request, reply) => {
      const { officer, ids } = request.body
      const sent = await answerOnce(deps, request, reply, async (tx) => {
        const rows = await confirmMappings(deps, tx, { officer, ids, by: callerOf(request) })
        return { status: 200, body: { mappings: rows.map(present) } }
      })
      deps.outbox.wake()
      return sent
    },
  )

  app.post(
    '/mappings/retirement',
    {
      config: allow('mappings.confirm', ['hospital'], 'key'),
      schema: {
        tags,
        summary: 'End mappings with a last day, or take them out of use altogether',
        headers: IdempotencyHeaders,
        body: schema.RetireBody,
        response: { 200: schema.MappingList },
      },
    },
    async (request, reply) => {
      const { officer, ids, lastDay } = request.body
      const sent = await answerOnce(deps, request, reply, async (tx) => {
        const rows = await retireMappings(deps, tx, { officer, ids, lastDay, by: callerOf(request) })
        return { status: 200, body: { mappings: rows.map(present) } }
      })
      deps.outbox.wake()
      return sent
    },
  )

  app.get(
    '/mappings',
    {
      config: allow('mappings.read', ['hospital']),
      schema: {
        tags,
        summary: 'Mappings of your institution, all versions, in the order in which they were made',
        querystring: schema.ListQuery,
        response: { 200: schema.MappingPage },
      },
    },
    async (request) => {
      const { institution } = callerOf(request)
      const { limit = 200, ...filter } = request.query
      const rows = await readRecords(deps.db, { ...filter, institution, limit: limit + 1 })
      const page = rows.slice(0, limit)
      return { mappings: page.map(present), next: rows.length > limit ? (page.at(-1)?.mappingId ?? null) : null }
    },
  )

  app.get(
    '/mappings/unmapped',
    {
      config: allow('mappings.read', ['hospital']),
      schema: {
        tags,
        summary: 'Codes and units of results that no confirmed mapping explains, the most frequent first',
        querystring: schema.UnmappedQuery,
        response: { 200: schema.UnmappedList },
      },
    },
    async (request) => {
      const rows = await readUnmapped(deps.db, callerOf(request).institution, request.query.limit ?? 200)
      return {
        codes: rows.map(({ institution: _own, firstSeen, lastSeen, ...row }) => ({
          ...row,
          firstSeen: firstSeen.toISOString(),
          lastSeen: lastSeen.toISOString(),
        })),
      }
    },
  )
}

const NOTHING = {
  laboratory: null,
  specimen: null,
  method: null,
  item: null,
  loinc: null,
  unit: null,
  ucum: null,
  factor: null,
  rangeSource: null,
  display: null,
  to: null,
} as const

function present({ institution: _own, ...row }: MappingRecord) {
  return row
}

function presentImport({ rows }: Comparison, proposed: number, dryRun: boolean) {
  const counts = { new: 0, changed: 0, same: 0, invalid: 0 }
  for (const { outcome } of rows) counts[outcome] += 1
  return {
    dryRun,
    proposed,
    counts,
    rows: rows.map((row) => ({ ...row, differences: [...row.differences], errors: [...row.errors] })),
  }
}
