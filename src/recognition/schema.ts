import { Type } from 'typebox'
import { ELIGIBILITY_TEXTS, REASONS } from './texts.ts'
import { VISIT_KINDS } from './types.ts'

const strict = { additionalProperties: false } as const
const nullable = <T extends Parameters<typeof Type.Union>[0][number]>(type: T) => Type.Union([type, Type.Null()])
const day = Type.String({ pattern: '^\\d{4}-\\d{2}-\\d{2}$', maxLength: 10, examples: ['2026-04-20'] })
const itemCode = Type.String({ pattern: '^[A-Z0-9-]{1,24}$', maxLength: 24, examples: ['HBA1C'] })
const text = Type.Object({ code: Type.String(), zh: Type.String(), en: Type.String() })

const Visit = Type.Object(
  {
    kind: Type.Enum([...VISIT_KINDS]),
    rescue: Type.Optional(Type.Boolean()),
    preoperative: Type.Optional(Type.Boolean()),
    monitoringDisease: Type.Optional(Type.String({ minLength: 2, maxLength: 100 })),
    changedOn: Type.Optional(day),
  },
  strict,
)

const StatementBody = Type.Object(
  {
    item: itemCode,
    action: Type.Enum(['accept', 'repeat']),
    reason: Type.Optional(
      Type.String({ pattern: '^[0-9]{2}$', maxLength: 2, description: `One of ${Object.keys(REASONS).join(', ')}` }),
    ),
    detail: Type.Optional(Type.String({ maxLength: 500 })),
    informed: Type.Optional(Type.Enum(['yes', 'no', 'impossible'])),
  },
  strict,
)

export const DecideBody = Type.Object(
  {
    personId: Type.String({ format: 'uuid', maxLength: 36 }),
    result: Type.Object(
      {
        institution: Type.String({ pattern: '^H[0-9]{11}$', maxLength: 12 }),
        type: Type.Enum(['DiagnosticReport', 'Observation']),
        id: Type.String({ pattern: '^[A-Za-z0-9.-]{1,64}$', maxLength: 64 }),
      },
      strict,
    ),
    orderedItem: Type.Optional(itemCode),
    visit: Visit,
    statements: Type.Optional(Type.Array(StatementBody, { maxItems: 50 })),
  },
  {
    ...strict,
    examples: [
      {
        personId: '01975b4e-6a3c-7e10-9b1f-0f6f1c2d3e4f',
        result: { institution: 'H51010400001', type: 'DiagnosticReport', id: 'r000001-1-HBA1C' },
        visit: { kind: 'outpatient' },
      },
    ],
  },
)

export const DecisionsBody = Type.Object({
  decisions: Type.Array(
    Type.Object({
      decisionId: Type.String(),
      resource: Type.String(),
      item: nullable(
        Type.Object({ code: Type.String(), name: Type.String(), version: Type.Integer(), verified: Type.Boolean() }),
      ),
      outcome: Type.Enum(['recognised', 'not-recognised', 'not-eligible', 'pending', 'reason-needed', 'open']),
      reason: nullable(text),
      hits: Type.Array(text, {
        description: `All rules that hit, the first decides: ${Object.keys(ELIGIBILITY_TEXTS).join(', ')}`,
      }),
      mark: nullable(Type.Object({ label: Type.String(), scope: Type.Array(Type.String()), verified: Type.Boolean() })),
      validUntil: nullable(Type.String()),
      offeredReasons: Type.Array(text),
      inRate: Type.Boolean(),
      dueAt: nullable(Type.String()),
    }),
  ),
})

export const FiguresQuery = Type.Object(
  { month: Type.String({ pattern: '^\\d{4}-(?:0[1-9]|1[0-2])$', maxLength: 7, examples: ['2026-04'] }) },
  strict,
)

export const FiguresBody = Type.Object({
  institution: Type.String(),
  month: Type.String(),
  recognised: Type.Integer(),
  notRecognised: Type.Integer({ description: 'Countable ones, overdue emergency items included' }),
  rateBasisPoints: nullable(
    Type.Integer({ description: 'recognised / (recognised + countable not recognised); null without either' }),
  ),
  rows: Type.Array(
    Type.Object({
      item: nullable(Type.String()),
      outcome: Type.String(),
      reasonCode: nullable(Type.String()),
      eCode: nullable(Type.String()),
      inRate: Type.Boolean(),
      count: Type.Integer(),
    }),
  ),
})

export const ItemsBody = Type.Object({
  items: Type.Array(
    Type.Object({
      code: Type.String(),
      version: Type.Integer(),
      name: Type.String(),
      nameEn: Type.String(),
      kind: Type.String(),
      loinc: Type.Array(Type.String()),
      specimen: nullable(Type.String()),
      validityDays: Type.Integer(),
      negative: Type.Boolean(),
      basis: Type.String(),
      source: Type.String(),
      verified: Type.Boolean(),
      from: Type.String(),
      to: nullable(Type.String()),
    }),
  ),
})
