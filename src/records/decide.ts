import { appendAudit } from '../audit/index.ts'
import { type AccessDecision, type Consents, decideAccessBeside, REASONS } from '../consent/index.ts'
import type { Deps } from '../kernel/deps.ts'
import type { Parts } from '../kernel/part.ts'
import { issuerOf } from './duplicates.ts'
import { recordsError } from './errors.ts'
import type { SearchForm } from './guarded-client.ts'
import type { Reader, SourceResult } from './types.ts'

type DecideDeps = Pick<Deps, 'db' | 'clock'> & { readonly consents: Consents }

interface Asked {
  readonly personId: string
  readonly types: readonly string[]
  readonly action: string
}

/**
 * The decision on access, before any hospital is asked. A refusal is audited with its reasons and ends the request: who is
 * refused learns why, and nothing of the records.
 */
export async function decideReading(deps: DecideDeps, by: Reader, asked: Asked): Promise<AccessDecision> {
  return (await decideReadingBeside(deps, by, asked, {})).decision
}

/** The same, with what else is needed of the person, in one statement. */
export async function decideReadingBeside<P extends Parts>(deps: DecideDeps, by: Reader, asked: Asked, parts: P) {
  const { personId, types, action } = asked
  const { decision, beside } = await decideAccessBeside(
    deps,
    {
      personId,
      by,
      purpose: by.purpose,
      resourceTypes: types,
      requestId: by.requestId,
      sourceAddress: by.sourceAddress,
    },
    parts,
  )
  if (decision.allow) return { decision, beside }
  await appendAudit(
    deps.db,
    {
      ...auditOf(by, personId, decision),
      action,
      targetType: types[0] ?? 'Patient',
      result: 'refused',
      reasonCodes: decision.reasonCodes,
    },
    deps.clock,
  )
  throw recordsError('access-denied', {
    detail: decision.reasonCodes.map(textOf).join(' '),
    meta: { reasons: decision.reasonCodes },
  })
}

/** What every audit event of one reading has in common. */
export function auditOf(by: Reader, personId: string, decision: AccessDecision) {
  return {
    actor: by.clientId,
    actorOrg: by.institution,
    role: by.role,
    personRef: personId,
    purpose: by.purpose,
    basis: decision.basis,
    consentId: decision.consentId,
    orderId: decision.orderId,
    requestId: by.requestId,
    sourceAddress: by.sourceAddress,
  }
}

/** Parameters that ask for what a record is about: how many are withheld would answer them. */
const TELLING: ReadonlySet<string> = new Set([
  'category',
  'class',
  'code',
  'identifier',
  'modality',
  'type',
  'vaccine-code',
])

/** True where numbers of what is withheld would tell what it is: whoever asks for one illness would learn of it. */
export const isTelling = (form: SearchForm): boolean => Object.keys(form).some((name) => TELLING.has(name))

/**
 * The results without what the decision withholds; how many those are is told, unless the question would make the number an
 * answer. Places in the pages stay as they are.
 */
export function withholdSensitive(
  results: readonly SourceResult[],
  { withheld, deniedSources }: AccessDecision,
  { sensitiveClassesOf }: Pick<Consents, 'sensitiveClassesOf'>,
  form: SearchForm,
): readonly SourceResult[] {
  const isCounted = !isTelling(form)
  return withoutCopies(results, deniedSources).map((result) => {
    if (withheld.size === 0) return result
    const isOpen = ({ resource }: SourceResult['found'][number]): boolean =>
      !sensitiveClassesOf(resource).some((one) => withheld.has(one))
    const found = result.found.filter(isOpen)
    const included = result.included.filter(isOpen)
    const hidden = result.found.length - found.length + result.included.length - included.length
    if (hidden === 0) return result
    return { ...result, found, included, ...(isCounted ? { withheld: hidden } : { total: found.length }) }
  })
}

/** Without other houses' copies of what a closed house issued: they would show what was closed, and name the house. */
function withoutCopies(results: readonly SourceResult[], deniedSources: ReadonlySet<string>): readonly SourceResult[] {
  if (deniedSources.size === 0) return results
  const isOpen = ({ resource }: SourceResult['found'][number]): boolean => {
    const issuer = issuerOf(resource)
    return issuer === undefined || !deniedSources.has(issuer)
  }
  return results.map((result) => {
    const found = result.found.filter(isOpen)
    const copies = result.found.length - found.length
    return { ...result, found, included: result.included.filter(isOpen), total: result.total - copies }
  })
}

const textOf = (code: string): string => REASONS[code as keyof typeof REASONS]?.en ?? code
