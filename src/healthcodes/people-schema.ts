import { Type } from 'typebox'
import { APPEAL_GROUNDS } from './appeal-store.ts'
import { MAX_CODE_LENGTH } from './read-code.ts'
import {
  City,
  Division,
  Evidence,
  Instant,
  IssuerLevel,
  Level,
  nullable,
  Officer,
  Party,
  ReasonCode,
  strict,
  text,
  Uuid,
  Version,
  Words,
} from './schema.ts'

export const ChangeBody = Type.Object(
  {
    personIds: Type.Array(Uuid, { minItems: 1, maxItems: 1_000, description: 'More than one needs two approvers' }),
    reasonCode: ReasonCode,
    evidence: Evidence,
    place: Division,
    validUntil: Instant,
    officer: Officer,
  },
  strict,
)

export const ChangeAnswer = Type.Object(
  {
    changeId: Uuid,
    orderId: Uuid,
    state: Type.Enum(['waiting', 'applied', 'refused']),
    reasonCode: ReasonCode,
    evidence: Evidence,
    place: Division,
    validUntil: Instant,
    people: Type.Integer(),
    approvalsNeeded: Type.Integer({ description: 'Besides who proposed; each another client and another officer' }),
    proposedBy: Party,
    proposedAt: Instant,
    approvals: Type.Array(Party, { maxItems: 2 }),
  },
  strict,
)

export const ChangeQuery = Type.Object({ state: Type.Optional(Type.Enum(['waiting', 'applied', 'refused'])) }, strict)
export const ChangeList = Type.Object({ changes: Type.Array(ChangeAnswer, { maxItems: 500 }) }, strict)

const AppealWay = Type.Object(
  { method: Type.String({ maxLength: 10 }), href: Type.String({ maxLength: 100 }), dueHours: Type.Integer() },
  { ...strict, description: 'Where an appeal (纠错) is filed, and how soon it is decided' },
)

export const PersonLevelAnswer = Type.Object(
  {
    personId: Uuid,
    city: City,
    state: Type.Enum(['none', 'set']),
    current: nullable(
      Type.Object(
        {
          level: Level,
          levelName: Words,
          reasonCode: ReasonCode,
          reason: Words,
          evidence: Evidence,
          issuer: Type.String({ maxLength: 128 }),
          validUntil: Instant,
          whatToDo: Words,
          appeal: AppealWay,
        },
        strict,
      ),
    ),
    history: Type.Array(
      Type.Object(
        {
          versionNo: Type.Integer(),
          stateId: Uuid,
          level: nullable(Level),
          reasonCode: ReasonCode,
          evidence: Evidence,
          issuerLevel: nullable(IssuerLevel),
          version: nullable(Version),
          cause: Type.Enum(['change', 'appeal']),
          causeId: Uuid,
          setAt: Instant,
          validUntil: Instant,
        },
        strict,
      ),
      { maxItems: 2_000, description: 'Newest first; versions are added, never changed' },
    ),
  },
  strict,
)

export const CodeAnswer = Type.Object(
  {
    code: Type.String({ maxLength: MAX_CODE_LENGTH, description: 'Compact JWS, `typ` ymt-health+jwt; fits a QR 15-M' }),
    issuedAt: Instant,
    expiresAt: Instant,
  },
  strict,
)

export const VerifyBody = Type.Object(
  { code: Type.String({ minLength: 1, maxLength: MAX_CODE_LENGTH, examples: ['eyJ…'] }) },
  strict,
)

const Freshness = Type.Object(
  {
    ageS: Type.Integer(),
    maxAgeS: Type.Integer(),
    comparedWithIssuer: Type.Boolean({ description: 'True: compared with what the issuing city says now' }),
    levelsAgeMs: Type.Integer({ description: 'How old our copy of levels and issuers can be' }),
    keysAgeMs: Type.Integer(),
  },
  strict,
)

export const VerdictAnswer = Type.Object(
  {
    verificationId: Uuid,
    result: Type.Enum(['recognised', 'notRecognised'], {
      description: 'Not recognised is neither green nor red: nothing is known from this code.',
    }),
    reasons: Type.Array(
      Type.Object(
        {
          code: Type.String({ maxLength: 40 }),
          zh: Type.String({ maxLength: 100 }),
          en: Type.String({ maxLength: 100 }),
        },
        strict,
      ),
      { maxItems: 12 },
    ),
    level: Type.Optional(Level),
    levelName: Type.Optional(Words),
    issuer: Type.Optional(Type.String({ maxLength: 128 })),
    issuerName: Type.Optional(Words),
    region: Type.Optional(Division),
    issuerLevel: Type.Optional(IssuerLevel),
    version: Type.Optional(Version),
    issuedAt: Type.Optional(Instant),
    expiresAt: Type.Optional(Instant),
    clockSkewS: Type.Optional(Type.Integer()),
    freshness: Type.Optional(Freshness),
  },
  strict,
)

export const UpdatesQuery = Type.Object({ updatedSince: Instant }, strict)
export const UpdatesAnswer = Type.Object(
  {
    verifications: Type.Array(Type.Object({ verificationId: Uuid, updatedAt: Instant }, strict), { maxItems: 500 }),
  },
  { ...strict, description: 'Readings of yours whose level was corrected since; nothing else is told' },
)

export const AppealGround = Type.Enum([...APPEAL_GROUNDS], { examples: ['not-there'] })
const Statement = text(1_000, '本人当日未到过该地（示例）')

export const AppealBody = Type.Object(
  {
    personId: Uuid,
    city: Type.Optional(City),
    ground: AppealGround,
    statement: Type.Optional(Statement),
  },
  strict,
)
export const SecondAppealBody = Type.Object({ ground: AppealGround, statement: Type.Optional(Statement) }, strict)

const appealFields = {
  appealId: Uuid,
  number: Type.String({ maxLength: 24, examples: ['JK20261124-3E4F0A1B'] }),
  level: Type.Integer({ minimum: 1, maximum: 2 }),
  firstAppealId: nullable(Uuid),
  city: City,
  state: Type.Enum(['received', 'overdue', 'granted', 'refused']),
  filedAt: Instant,
  dueAt: Instant,
}

export const Receipt = Type.Object(appealFields, strict)

export const AppealAnswer = Type.Object(
  {
    ...appealFields,
    ground: AppealGround,
    escalatedAt: nullable(Instant),
    reason: nullable(Words),
    decidedBy: nullable(Party),
    decidedAt: nullable(Instant),
    statement: Type.Optional(Type.String({ maxLength: 1_000 })),
    history: Type.Array(
      Type.Object(
        {
          state: Type.Enum(['received', 'overdue', 'granted', 'refused']),
          at: Instant,
          by: Type.String({ maxLength: 64 }),
        },
        strict,
      ),
      { maxItems: 10 },
    ),
  },
  strict,
)

export const AppealQuery = Type.Object(
  { state: Type.Optional(Type.Enum(['open', 'overdue', 'decided', 'all'])) },
  strict,
)
export const AppealList = Type.Object(
  { appeals: Type.Array(Type.Object({ ...appealFields, escalatedAt: nullable(Instant) }, strict), { maxItems: 500 }) },
  strict,
)

export const DecisionBody = Type.Object(
  {
    result: Type.Enum(['granted', 'refused']),
    reason: Words,
    correction: Type.Optional(
      Type.Object(
        { reasonCode: ReasonCode, evidence: Evidence, validUntil: Instant },
        {
          ...strict,
          description: 'A lighter level in its place; left out, the person has no level of the city any more',
        },
      ),
    ),
    officer: Officer,
  },
  strict,
)
