import type { FastifyReply, FastifyRequest } from 'fastify'
import type { OperationOutcome, OperationOutcomeIssue } from 'fhir/r4.js'
import { type AppError, requestError } from '../kernel/errors.ts'
import type { App } from './app-type.ts'
import { logFailure, toAppError } from './failure.ts'
import { setFailureHeaders } from './problem.ts'

export const FHIR_JSON = 'application/fhir+json; charset=utf-8'

type IssueCode = OperationOutcomeIssue['code']

/** HTTP status to FHIR R4 issue-type (http://hl7.org/fhir/R4/valueset-issue-type.html). */
const ISSUE_CODES: ReadonlyMap<number, IssueCode> = new Map([
  [400, 'invalid'],
  [401, 'login'],
  [403, 'forbidden'],
  [404, 'not-found'],
  [405, 'not-supported'],
  [406, 'not-supported'],
  [408, 'timeout'],
  [409, 'conflict'],
  [410, 'deleted'],
  [412, 'conflict'],
  [413, 'too-long'],
  [415, 'not-supported'],
  [422, 'business-rule'],
  [429, 'throttled'],
  [431, 'too-long'],
  [503, 'transient'],
  [504, 'timeout'],
])

export function outcomeOf(error: AppError): OperationOutcome {
  // Where the status alone does not say it, as with a duplicate, the error does.
  const code = (error.meta['issueCode'] as IssueCode | undefined) ?? ISSUE_CODES.get(error.status) ?? 'exception'
  const details = {
    coding: [{ system: 'urn:yimatong:problem', code: error.code }],
    text: `${error.title}（${error.titleZh}）`,
  }
  const fields: OperationOutcomeIssue[] = error.errors.map((one) => ({
    severity: 'error',
    code,
    details,
    diagnostics: one.detail,
    expression: [one.pointer],
  }))
  const whole: OperationOutcomeIssue = {
    severity: 'error',
    code,
    details,
    ...(error.detail === undefined || error.status === 500 ? {} : { diagnostics: error.detail }),
  }
  return { resourceType: 'OperationOutcome', issue: fields.length > 0 ? fields : [whole] }
}

function sendOutcome(request: FastifyRequest, reply: FastifyReply, error: AppError): FastifyReply {
  logFailure(request, error)
  setFailureHeaders(reply, error)
  return reply.code(error.status).type(FHIR_JSON).serializer(JSON.stringify).send(outcomeOf(error))
}

/** OperationOutcome for everything that fails in this encapsulated part of the app (only /fhir uses it). */
export function useOutcomes(app: App): void {
  app.setErrorHandler((error, request, reply) => sendOutcome(request, reply, toAppError(error)))
  app.setNotFoundHandler((request, reply) =>
    sendOutcome(request, reply, requestError('not-found', { detail: 'There is no such resource or operation here.' })),
  )
}
