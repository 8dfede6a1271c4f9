import type { Coding } from 'fhir/r4.js'

export type FhirAction = 'C' | 'R' | 'U' | 'D' | 'E'
export const FHIR_ACTIONS: ReadonlySet<string> = new Set<FhirAction>(['C', 'R', 'U', 'D', 'E'])

/** What an event is in the terms of BALP (IHE ITI Basic Audit Log Patterns) and FHIR R4. */
export interface Interaction {
  readonly name: 'access-denied' | 'import' | 'export' | 'delete' | 'query' | 'read' | 'create' | 'update' | 'operation'
  /** Of the stored action; understood the same by JavaScript and PostgreSQL. */
  readonly pattern: string
  /** Only events that were refused. */
  readonly refused?: true
  readonly action: FhirAction
  readonly type: Coding
  readonly subtype: Coding
}

const verbs = (words: string): string => `[.-](${words.replaceAll(' ', '|')})(-|$)`

const EVENT_TYPE = 'http://terminology.hl7.org/CodeSystem/audit-event-type'
const DCM = 'http://dicom.nema.org/resources/ontology/DCM'
const rest: Coding = { system: EVENT_TYPE, code: 'rest', display: 'Restful Operation' }
const disclose: Coding = {
  system: 'http://terminology.hl7.org/CodeSystem/iso-21089-lifecycle',
  code: 'disclose',
  display: 'Disclose Record Lifecycle Event',
}
const interaction = (code: string): Coding => ({ system: 'http://hl7.org/fhir/restful-interaction', code })

/**
 * From the words of the stored action, first match first. The words are those that slices use for what they do; a new one
 * that stands nowhere here is an operation.
 */
export const INTERACTIONS: readonly Interaction[] = [
  {
    name: 'access-denied',
    pattern: '^(fhir|records|consent)[.]',
    refused: true,
    action: 'E',
    type: { system: DCM, code: '110113', display: 'Security Alert' },
    // Which of the two subtypes it is depends on whether a consent decided (`subtypeOfDenial`).
    subtype: { system: 'https://profiles.ihe.net/ITI/BALP/CodeSystem/AuthZsubType', code: 'AuthZ-Consent' },
  },
  {
    name: 'import',
    pattern: '^routing[.]accept$',
    action: 'C',
    type: { system: DCM, code: '110107', display: 'Import' },
    subtype: disclose,
  },
  {
    name: 'export',
    pattern: '^routing[.]deliver$',
    action: 'R',
    type: { system: DCM, code: '110106', display: 'Export' },
    subtype: disclose,
  },
  {
    name: 'delete',
    pattern: verbs('delete purge forget remove unsubscribe'),
    action: 'D',
    type: rest,
    subtype: interaction('delete'),
  },
  {
    name: 'query',
    pattern: verbs('search list find match ask everything cross'),
    action: 'E',
    type: rest,
    subtype: interaction('search-type'),
  },
  {
    name: 'read',
    pattern: verbs('read history export show tell verify code print identifier compare try candidates figures'),
    action: 'R',
    type: rest,
    subtype: interaction('read'),
  },
  {
    name: 'create',
    pattern: verbs(
      'register create issue make import give propose file open link claim insure subscribe report accept',
    ),
    action: 'C',
    type: rest,
    subtype: interaction('create'),
  },
  {
    name: 'update',
    pattern: verbs(
      'change set save suspend resume restore pause renew replace rotate retire revoke withdraw review approve reject decide confirm merge unmerge end expire release reverse cancel rerun keys scopes',
    ),
    action: 'U',
    type: rest,
    subtype: interaction('update'),
  },
  { name: 'operation', pattern: '', action: 'E', type: rest, subtype: interaction('operation') },
]

const compiled = INTERACTIONS.map((one) => ({ one, pattern: new RegExp(one.pattern) }))
const OPERATION = INTERACTIONS.at(-1) as Interaction

export function interactionOf(event: { readonly action: string; readonly result: string }): Interaction {
  const found = compiled.find(
    ({ one, pattern }) => pattern.test(event.action) && (one.refused !== true || event.result === 'refused'),
  )
  return found?.one ?? OPERATION
}

/** Stored results as R4 outcomes: success, serious failure (refused), major failure (a fault). */
export const OUTCOMES: Readonly<Record<string, '0' | '4' | '8' | '12'>> = { allowed: '0', refused: '8', failed: '12' }
