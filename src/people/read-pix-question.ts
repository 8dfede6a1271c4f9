import { type FhirIssue, isList, isObject, validateResource } from '../fhir/index.ts'
import type { PixQuestion } from './cross-reference.ts'
import type { LocalId } from './local-id-store.ts'

const MAX_TARGETS = 20

type Reading<T> = T | { readonly issues: readonly FhirIssue[] }

/** Reads the Parameters of a POST to `$ihe-pix`. */
export function readPixParameters(body: unknown): Reading<PixQuestion> {
  if (!isObject(body) || body['resourceType'] !== 'Parameters') {
    return faulty('structure', 'Parameters', 'must be a Parameters resource')
  }
  const issues = validateResource(body)
  if (issues.length > 0) return { issues }
  const parameters = isList(body['parameter']) ? body['parameter'].filter(isObject) : []
  const stranger = parameters.findIndex(({ name }) => name !== 'sourceIdentifier' && name !== 'targetSystem')
  if (stranger >= 0) {
    return faulty('not-supported', `Parameters.parameter[${stranger}].name`, 'is no parameter of $ihe-pix here')
  }
  const values = (name: string) => parameters.filter((one) => one['name'] === name).map(textOf)
  return readPixQuestion(values('sourceIdentifier'), values('targetSystem'))
}

/** The same for what stands in an address. */
export function readPixQuestion(
  sources: readonly (string | undefined)[],
  targets: readonly (string | undefined)[],
): Reading<PixQuestion> {
  const [text] = sources
  const source = text === undefined ? undefined : readToken(text)
  if (sources.length !== 1 || source === undefined) {
    return faulty('required', 'sourceIdentifier', 'must come once, as system|value')
  }
  if (targets.length > MAX_TARGETS) return faulty('too-costly', 'targetSystem', `at most ${MAX_TARGETS}`)
  const named = targets.filter((target) => target !== undefined && target !== '')
  if (named.length < targets.length) return faulty('value', 'targetSystem', 'must be a URI')
  return { source, targets: named as readonly string[] }
}

/** A token of FHIR search, `system|value`; both are needed to say whose number it is. */
function readToken(text: string): LocalId | undefined {
  const bar = text.indexOf('|')
  const [system, value] = [text.slice(0, Math.max(0, bar)), text.slice(bar + 1)]
  return system === '' || value === '' || text.length > 300 ? undefined : { system, value }
}

/** Clients send the token as a string, a URI or an Identifier; it says the same. */
function textOf(parameter: Readonly<Record<string, unknown>>): string | undefined {
  const identifier = parameter['valueIdentifier']
  if (isObject(identifier)) return `${String(identifier['system'] ?? '')}|${String(identifier['value'] ?? '')}`
  const text = parameter['valueString'] ?? parameter['valueUri'] ?? parameter['valueCanonical']
  return typeof text === 'string' ? text : undefined
}

const faulty = (code: FhirIssue['code'], expression: string, diagnostics: string) => ({
  issues: [{ severity: 'error' as const, code, expression, diagnostics }],
})
