import type { FieldError } from '../kernel/errors.ts'
import { recordsError } from './errors.ts'
import {
  checkOnlyFormat,
  DEFAULT_COUNT,
  IDENTITY_NUMBER,
  MAX_COUNT,
  type Parameters,
  PERSON_ID,
  shown,
} from './read-parameters.ts'
import { isRecordType, type RecordType } from './record-types.ts'
import type { EverythingRequest } from './search-records.ts'

/** A search for persons: by the id here, by an identifier, or both. */
export interface PatientSearch {
  readonly personId: string | undefined
  readonly identifier: { readonly system: string; readonly value: string } | undefined
  readonly ignored: readonly FieldError[]
}

export function readPatientSearch(
  parameters: Parameters,
  { isPost, lenient }: { readonly isPost: boolean; readonly lenient: boolean },
): PatientSearch {
  const problems: FieldError[] = []
  const ignored: FieldError[] = []
  let personId: string | undefined
  let identifier: PatientSearch['identifier']
  const rest: (readonly [string, string])[] = []
  for (const [name, value] of parameters) {
    if (name === '_id' && personId === undefined) {
      if (PERSON_ID.test(value)) personId = value
      else problems.push({ pointer: name, detail: 'is not an id of a person here' })
    } else if (name === 'identifier' && identifier === undefined) {
      const [, system = '', number = ''] = /^([^|\s]{1,200})\|([^|\s]{1,64})$/.exec(value) ?? []
      if (system === '') problems.push({ pointer: name, detail: 'is SYSTEM|VALUE' })
      else if (!isPost && IDENTITY_NUMBER.test(number)) {
        problems.push({
          pointer: name,
          detail: 'is an identity number: send it by POST Patient/_search, for addresses end up in logs',
        })
      } else identifier = { system, value: number }
    } else if (name === '_format') rest.push([name, value])
    else (lenient ? ignored : problems).push({ pointer: shown(name), detail: 'is not supported for Patient' })
  }
  if (problems.length === 0 && personId === undefined && identifier === undefined) {
    problems.push({ pointer: '_id', detail: 'or identifier is required' })
  }
  if (problems.length > 0) throw recordsError('parameter-invalid', { errors: problems })
  checkOnlyFormat(rest)
  return { personId, identifier, ignored }
}

const INSTANT = /^\d{4}-\d{2}-\d{2}T\d{2}:\d{2}:\d{2}(?:\.\d{1,9})?(?:Z|[+-]\d{2}:\d{2})$/

export function readEverything(
  personId: string,
  parameters: Parameters,
): Omit<EverythingRequest, 'types'> & {
  /** Undefined: all that the caller may read. */
  readonly types: readonly RecordType[] | undefined
} {
  const problems: FieldError[] = []
  let types: RecordType[] | undefined
  let since: string | undefined
  let count = DEFAULT_COUNT
  if (!PERSON_ID.test(personId))
    throw recordsError('resource-unknown', { detail: 'Everything is read of a person of this hub.' })
  const rest: (readonly [string, string])[] = []
  for (const [name, value] of parameters) {
    if (name === '_since' && since === undefined) {
      if (INSTANT.test(value)) since = value
      else problems.push({ pointer: name, detail: 'is not an R4 instant' })
    } else if (name === '_type') {
      types ??= []
      for (const type of value.split(',')) {
        if (isRecordType(type)) types.push(type)
        else if (type !== 'Patient') problems.push({ pointer: name, detail: 'names a type that is not served here' })
      }
    } else if (name === '_count' && /^\d{1,6}$/.test(value) && Number(value) >= 1) {
      count = Math.min(Number(value), MAX_COUNT)
    } else if (name === '_count') problems.push({ pointer: name, detail: 'is not a whole number from 1 on' })
    else rest.push([name, value])
  }
  if (problems.length > 0) throw recordsError('parameter-invalid', { errors: problems })
  checkOnlyFormat(rest)
  return { personId, types: types && [...new Set(types)], since, count }
}
