import { Type } from 'typebox'
import { allow } from '../http/access.ts'
import { type App, isSuccess } from '../http/app-type.ts'
import { answerOnce, IdempotencyHeaders } from '../http/repeat.ts'
import { requestError } from '../kernel/errors.ts'
import { formatFen } from '../kernel/money.ts'
import { inTx } from '../kernel/tx.ts'
import { changeRegister } from './change-register.ts'
import type { RegisterChange } from './compare-register.ts'
import type { RecognitionDeps } from './judge-results.ts'
import { readRegister, readRegisterCsv } from './read-register.ts'
import { REGISTER_KINDS, type RegisterKind } from './register-fields.ts'
import { readCatalogue, readInstitutionRows } from './register-store.ts'

const tags = ['recognition']
const strict = { additionalProperties: false } as const

const rowsOfKind = Type.Optional(Type.Array(Type.Record(Type.String(), Type.Unknown()), { maxItems: 20_000 }))
/** What each row must hold is read by `read-register.ts`, for JSON and CSV alike. */
const ROWS_BY_KIND = Object.fromEntries(REGISTER_KINDS.map((kind) => [kind, rowsOfKind])) as Record<
  RegisterKind,
  typeof rowsOfKind
>

const RegisterBody = Type.Object(
  {
    dryRun: Type.Optional(Type.Boolean({ description: 'Only say what would change' })),
    rows: Type.Optional(Type.Object(ROWS_BY_KIND, { ...strict, description: 'Rows by kind' })),
    kind: Type.Optional(Type.Enum([...REGISTER_KINDS])),
    csv: Type.Optional(Type.String({ maxLength: 1_000_000, description: 'Rows of `kind`, instead of `rows`' })),
  },
  {
    ...strict,
    examples: [
      {
        dryRun: true,
        rows: {
          marks: [
            {
              institution: 'H51010400001',
              item: 'TC',
              version: 2,
              label: '川渝HR',
              basis: '川渝互认项目',
              source: 'notice of the province',
              from: '2026-12-01',
            },
          ],
        },
      },
    ],
  },
)

const RegisterAnswer = Type.Object({
  dryRun: Type.Boolean(),
  written: Type.Integer(),
  changes: Type.Array(
    Type.Object({ kind: Type.String(), key: Type.String(), change: Type.Enum(['new', 'closed', 'same']) }),
  ),
})

/** A register of rows as they are kept; amounts as text. */
const RegisterList = Type.Record(Type.String(), Type.Array(Type.Record(Type.String(), Type.Unknown())))

export function registerRoutes(app: App, deps: RecognitionDeps): void {
  app.get(
    '/recognition/register',
    {
      config: allow('recognition.manage', ['operator']),
      schema: {
        tags,
        summary: 'The catalogue, or with an institution its marks, assessments, evaluations and prices',
        querystring: Type.Object(
          { institution: Type.Optional(Type.String({ pattern: '^H[0-9]{11}$', maxLength: 12 })) },
          strict,
        ),
        response: { 200: RegisterList },
      },
    },
    async (request) => {
      const { institution } = request.query
      if (institution === undefined) return plain(await readCatalogue(deps.db))
      const rows = (await readInstitutionRows(deps.db, [institution])).get(institution)
      return plain({
        ...rows,
        prices: (rows?.prices ?? []).map(({ priceFen, ...one }) => ({ ...one, priceFen: formatFen(priceFen) })),
      })
    },
  )

  app.post(
    '/recognition/register',
    {
      config: allow('recognition.manage', ['operator'], 'key'),
      // After the commit and before the answer: the next question of this caller is judged by what it sent.
      onSend: async (_request, reply) => {
        if (isSuccess(reply)) await deps.recognition.register.refresh()
      },
      schema: {
        tags,
        summary:
          'Take over marks, assessments, evaluations, catalogue items and the like; with dryRun only the differences',
        description:
          'All or none. A row that is there is never rewritten, only closed by its last day; anything else is a new version.',
        headers: IdempotencyHeaders,
        body: RegisterBody,
        response: { 200: RegisterAnswer },
      },
    },
    async (request, reply) => {
      const { rows, kind, csv, dryRun = false } = request.body
      if ((rows === undefined) === (csv === undefined) || (csv === undefined) !== (kind === undefined)) {
        throw requestError('invalid', { detail: 'Send either rows, or csv with its kind.' })
      }
      const read = kind === undefined || csv === undefined ? readRegister(rows) : readRegisterCsv(kind, csv)
      const { caller } = request
      const by = {
        actor: caller.clientId,
        actorOrg: 'hub',
        role: caller.role,
        requestId: request.id,
        sourceAddress: request.ip,
      }
      if (dryRun) {
        // Nothing is written, and a later question must see the register of then: no answer is kept.
        const changes = await inTx(deps.db, (tx) => changeRegister(deps, tx, read, { dryRun, by }))
        return answer(changes, dryRun)
      }
      return await answerOnce(deps, request, reply, async (tx) => ({
        status: 200,
        body: answer(await changeRegister(deps, tx, read, { dryRun, by }), dryRun),
      }))
    },
  )
}

function answer(changes: readonly RegisterChange[], dryRun: boolean) {
  return {
    dryRun,
    written: dryRun ? 0 : changes.filter((one) => one.change !== 'same').length,
    changes: changes.map((one) => ({ ...one })),
  }
}

/** The same rows as the response schema's open records take them. */
const plain = (rows: object): Record<string, Record<string, unknown>[]> =>
  rows as Record<string, Record<string, unknown>[]>
