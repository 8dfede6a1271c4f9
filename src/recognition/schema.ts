import { Type } from 'typebox'
import { FEN_PATTERN } from '../kernel/money.ts'
import { ELIGIBILITY_TEXTS } from './texts.ts'
import { LINE_VERDICTS, OUTCOMES, VISIT_KINDS } from './types.ts'

const strict = { additionalProperties: false } as const
const nullable = <T extends Parameters<typeof Type.Union>[0][number]>(type: T) => Type.Union([type, Type.Null()])
const day = Type.String({ pattern: '^\\d{4}-\\d{2}-\\d{2}$', maxLength: 10, examples: ['2026-04-20'] })
const itemCode = Type.String({ pattern: '^[A-Z0-9-]{1,24}$', maxLength: 24, examples: ['HBA1C'] })
const text = Type.Object({ code: Type.String(), zh: Type.String(), en: Type.String() })

const amount = Type.String({ pattern: FEN_PATTERN, examples: ['8.00'] })
const department = Type.String({
  pattern: '^[A-Za-z0-9._-]{1,32}$',
  maxLength: 32,
  description: 'Code of the department at the institution, for figures by department',
})

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
      Type.String({ pattern: '^[0-9]{2}$', maxLength: 2, description: 'A code of GET /recognition/reasons' }),
    ),
    further: Type.Optional(
      Type.Array(Type.String({ pattern: '^[0-9]{2}$', maxLength: 2 }), {
        maxItems: 5,
        description: 'Further codes; the main one decides',
      }),
    ),
    detail: Type.Optional(Type.String({ maxLength: 500 })),
    retrievalRef: Type.Optional(
      Type.String({
        pattern: '^[A-Za-z0-9._:-]{4,64}$',
        maxLength: 64,
        description: 'Number of the attempt to fetch the images, for a reason that asks for it (98)',
      }),
    ),
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
    department: Type.Optional(department),
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
      outcome: Type.Enum([...OUTCOMES]),
      reason: nullable(text),
      hits: Type.Array(text, {
        description: `All rules that hit, the first decides: ${Object.keys(ELIGIBILITY_TEXTS).join(', ')}`,
      }),
      mark: nullable(Type.Object({ label: Type.String(), scope: Type.Array(Type.String()), verified: Type.Boolean() })),
      validUntil: nullable(Type.String()),
      offeredReasons: Type.Array(text),
      inRate: Type.Boolean(),
      savedAmount: nullable(amount),
      usedOutside: Type.Boolean({ description: 'Not eligible, and used all the same on own judgement' }),
      dueAt: nullable(Type.String()),
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
      ucum: nullable(Type.String()),
      scope: Type.Array(Type.String()),
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

export const ReasonsBody = Type.Object({
  reasons: Type.Array(
    Type.Object({
      code: Type.String(),
      version: Type.Integer(),
      zh: Type.String(),
      en: Type.String(),
      countable: Type.Boolean(),
      detail: Type.String({ description: 'What the detail must say' }),
      detailMin: Type.Integer(),
      informedImpossible: Type.Boolean(),
      source: Type.String(),
      verified: Type.Boolean(),
      from: Type.String(),
      to: nullable(Type.String()),
    }),
  ),
})

const asked = Type.Object(
  {
    code: Type.String({
      pattern: '^[\\x21-\\x7e]{1,64}$',
      maxLength: 64,
      description: 'Code of a catalogue item or panel; with `system`, a code of your own hospital',
      examples: ['HBA1C'],
    }),
    system: Type.Optional(Type.String({ pattern: '^[\\x21-\\x7e]{1,200}$', maxLength: 200 })),
  },
  strict,
)

const orderExample = {
  personId: '01975b4e-6a3c-7e10-9b1f-0f6f1c2d3e4f',
  items: [{ code: 'HBA1C' }, { code: 'K' }],
  visit: { kind: 'outpatient' },
}

export const CheckOrderBody = Type.Object(
  {
    personId: Type.String({ format: 'uuid', maxLength: 36 }),
    items: Type.Array(asked, { minItems: 1, maxItems: 50 }),
    visit: Visit,
  },
  { ...strict, examples: [orderExample] },
)

export const SignedOrderBody = Type.Object(
  {
    personId: Type.String({ format: 'uuid', maxLength: 36 }),
    orderRef: Type.String({
      pattern: '^[A-Za-z0-9._:-]{1,64}$',
      maxLength: 64,
      description: 'Number of the order at your hospital; an item of it is kept once',
    }),
    orderedOn: day,
    items: Type.Array(asked, { minItems: 1, maxItems: 50 }),
    visit: Visit,
    department: Type.Optional(department),
  },
  { ...strict, examples: [{ ...orderExample, orderRef: 'O-20261124-17', orderedOn: '2026-11-24' }] },
)

const Mark = Type.Object({ label: Type.String(), scope: Type.Array(Type.String()), verified: Type.Boolean() })

const FoundResult = Type.Object({
  verdict: Type.Enum(['eligible', 'not-eligible', 'pending']),
  hits: Type.Array(text),
  issuer: Type.Object({ code: Type.String(), name: nullable(Type.String()) }),
  result: Type.Object(
    { institution: Type.String(), type: Type.String(), id: Type.String() },
    { description: 'For POST /recognition/decisions' },
  ),
  report: Type.Object({ reference: Type.String(), url: Type.String({ description: 'Where the hub reads it' }) }),
  testedOn: nullable(Type.String()),
  validUntil: nullable(Type.String()),
  valueAvailable: Type.Boolean(),
  mark: nullable(Mark),
  suggestion: nullable(Type.Enum(['recognise', 'ask', 'not-offered', 'reference-only', 'no-block'])),
  preselected: nullable(Type.String({ description: 'Reason that fits the visit' })),
  offeredReasons: Type.Array(text),
  decision: nullable(Type.Object({ decisionId: Type.String(), outcome: Type.Enum([...OUTCOMES]) })),
})

export const OrderBody = Type.Object({
  items: Type.Array(
    Type.Object({
      asked: Type.Object({ code: Type.String(), system: Type.Optional(Type.String()) }),
      panel: nullable(Type.String({ description: 'The panel that the line is a member of' })),
      item: nullable(
        Type.Object({ code: Type.String(), name: Type.String(), version: Type.Integer(), verified: Type.Boolean() }),
      ),
      verdict: Type.Enum([...LINE_VERDICTS], {
        description: '`unknown`: nothing valid was found and a hospital did not answer; the order goes on',
      }),
      hits: Type.Array(text),
      found: Type.Array(FoundResult, { description: 'The best result first' }),
      price: nullable(amount),
      savedAmount: nullable(amount),
    }),
  ),
  validResults: Type.Integer(),
  complete: Type.Boolean({ description: 'Every hospital that may know the person answered in time' }),
  sources: Type.Array(
    Type.Object({
      institution: Type.String(),
      state: Type.String(),
      elapsedMs: Type.Integer(),
      issue: nullable(Type.String()),
    }),
  ),
  orderedOn: Type.String(),
  elapsedMs: Type.Integer(),
  deadlineMs: Type.Integer(),
})

const Latest = {
  decisionId: Type.String(),
  resource: Type.String(),
  report: nullable(Type.String()),
  issuer: Type.String(),
  item: nullable(Type.String()),
  itemName: nullable(Type.String()),
  outcome: Type.Enum([...OUTCOMES]),
  reasonCode: nullable(Type.String()),
  eCodes: Type.Array(Type.String()),
  usedOutside: Type.Boolean(),
  department: nullable(Type.String()),
  savedAmount: nullable(amount),
  reopens: nullable(Type.String({ description: 'The decision that a correction of the report opened again' })),
  dueAt: nullable(Type.String()),
  overdue: Type.Boolean(),
  decidedAt: Type.String(),
}

export const PersonQuery = Type.Object({ personId: Type.String({ format: 'uuid', maxLength: 36 }) }, strict)

export const PersonDecisionsBody = Type.Object({
  decided: Type.Array(Type.Object(Latest), { description: 'What your own physicians decided' }),
  issued: Type.Array(
    Type.Object({
      resource: Type.String(),
      item: nullable(Type.String()),
      institution: Type.String(),
      accepted: Type.Boolean(),
      reasonCode: nullable(Type.String({ description: '01 or 10 only' })),
      decidedAt: Type.String(),
    }),
    { description: 'What became of your own results elsewhere' },
  ),
})

export const ReopenedBody = Type.Object({
  decisions: Type.Array(Type.Object({ personId: Type.String(), ...Latest })),
})
