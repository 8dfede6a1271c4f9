import type { OperationOutcome } from 'fhir/r4.js'
import { Type } from 'typebox'
import { type FhirIssue, outcomeOfIssues } from '../fhir/index.ts'
import { allow } from '../http/access.ts'
import type { App, FastifyReply } from '../http/app-type.ts'
import { AnyResource, type FhirPiece, sendFhir } from '../http/fhir-part.ts'
import type { Deps } from '../kernel/deps.ts'
import { localDate } from '../kernel/time.ts'
import { crossReference, type PixQuestion } from './cross-reference.ts'
import { identifierTypeOf } from './identifier-systems.ts'
import { hospitalOf } from './local-id-routes.ts'
import { matchPatients } from './match-patients.ts'
import { readMatchParameters } from './read-match-parameters.ts'
import { readPixParameters, readPixQuestion } from './read-pix-question.ts'
import { mayBePersonal } from './rules.ts'

type FhirDeps = Pick<Deps, 'db' | 'clock' | 'keyring' | 'config'>

const tags = ['people']
const access = allow('system/Patient.rs', ['hospital'], 'none')

const Token = Type.String({ maxLength: 300, examples: ['urn:oid:1.2.156.112604.1.2.1|MR0001234'] })
const Uri = Type.String({ maxLength: 200, examples: ['urn:yimatong:person'] })

/** People under /fhir: who is meant (PDQm), and under which numbers somebody is known (PIXm). */
export function peopleFhir(deps: FhirDeps): FhirPiece {
  return {
    resources: [
      {
        type: 'Patient',
        operation: [
          {
            name: 'match',
            definition: 'http://hl7.org/fhir/OperationDefinition/Patient-match',
            documentation:
              'IHE PDQm ITI-119. Needs an identifier, or two of name, birthDate and phone; else it is not run and says so. People are shown masked; what each field counted stands with the entry.',
          },
          {
            name: 'ihe-pix',
            definition: 'https://profiles.ihe.net/ITI/PIXm/OperationDefinition/IHE.PIXm.pix',
            documentation:
              'IHE PIXm ITI-83. GET takes hospitals’ own numbers and our person id; identity numbers go by POST only and are never an answer.',
          },
        ],
      },
    ],
    routes: (fhir) => peopleFhirRoutes(fhir, deps),
  }
}

function peopleFhirRoutes(fhir: App, deps: FhirDeps): void {
  fhir.post(
    '/Patient/$match',
    {
      config: access,
      schema: {
        tags,
        summary: 'Who may be meant: candidates with their score (IHE PDQm ITI-119)',
        description: 'Parameters with `resource` (a Patient), `onlyCertainMatches` and `count`; answers a searchset.',
        body: AnyResource,
        response: { 200: AnyResource },
      },
    },
    async (request, reply) => {
      const question = readMatchParameters(request.body)
      if ('issues' in question) return refuse(reply, question.issues)
      return sendFhir(reply, await matchPatients(deps, question, hospitalOf(request)))
    },
  )

  fhir.post(
    '/Patient/$ihe-pix',
    {
      config: access,
      schema: {
        tags,
        summary: 'Under which numbers a person is known (IHE PIXm ITI-83)',
        description: 'Parameters with `sourceIdentifier` (`system|value`) and any number of `targetSystem`.',
        body: AnyResource,
        response: { 200: AnyResource },
      },
    },
    async (request, reply) => {
      const question = readPixParameters(request.body)
      if ('issues' in question) return refuse(reply, question.issues)
      return sendFhir(reply, await crossReference(deps, question, hospitalOf(request)))
    },
  )

  fhir.get(
    '/Patient/$ihe-pix',
    {
      config: access,
      schema: {
        tags,
        summary: 'The same, asked in the address: no identity numbers',
        description: 'An identity or phone number in an address is refused, since addresses end up in logs: POST it.',
        querystring: Type.Object(
          {
            sourceIdentifier: Type.Array(Token, { minItems: 1, maxItems: 1 }),
            targetSystem: Type.Optional(Type.Array(Uri, { maxItems: 20 })),
            _format: Type.Optional(Type.String({ maxLength: 60 })),
          },
          { additionalProperties: false },
        ),
        response: { 200: AnyResource },
      },
    },
    async (request, reply) => {
      const question = readPixQuestion(request.query.sourceIdentifier, request.query.targetSystem ?? [])
      if ('issues' in question) return refuse(reply, question.issues)
      if (isPersonal(question, localDate(deps.clock.now()))) return refuse(reply, [BY_POST])
      return sendFhir(reply, await crossReference(deps, question, hospitalOf(request)))
    },
  )
}

const BY_POST: FhirIssue = {
  severity: 'error',
  code: 'not-supported',
  expression: 'sourceIdentifier',
  diagnostics:
    'An identity number must not stand in an address, which ends up in logs: POST a Parameters resource to Patient/$ihe-pix.',
}

/** Whatever its name space is called: a hospital may number its patients by their identity numbers. */
const isPersonal = ({ source }: PixQuestion, today: string): boolean =>
  identifierTypeOf(source.system) !== undefined || mayBePersonal(source.value, today)

function refuse(reply: FastifyReply, issues: readonly FhirIssue[]): FastifyReply {
  const outcome: OperationOutcome = outcomeOfIssues(issues)
  return sendFhir(reply.code(400), outcome)
}
