import { allow, open } from '../http/access.ts'
import type { App } from '../http/app-type.ts'
import { readInstitutionCode } from '../institutions/index.ts'
import { recordsError } from './errors.ts'
import type { RecordsDeps } from './records-deps.ts'
import { registerHospital } from './register-hospital.ts'
import * as schema from './schema.ts'
import { readHospitals } from './store.ts'
import type { Hospital } from './types.ts'

const tags = ['records']

/** The registry of hospitals; what is read of them stands in `fhir-routes.ts`. */
export function recordsRoutes(app: App, deps: RecordsDeps): void {
  app.get(
    '/records/hospitals',
    {
      config: allow('records.manage', ['operator']),
      schema: { tags, summary: 'Hospitals that the hub may ask', response: { 200: schema.HospitalList } },
    },
    async () => ({ hospitals: (await readHospitals(deps.db)).map(present) }),
  )

  app.put(
    '/records/hospitals/:code',
    {
      // The institution code is the key: the same settings again leave the same row.
      config: allow('records.manage', ['operator'], 'natural'),
      schema: {
        tags,
        summary: 'Register a hospital, or change how it is asked',
        params: schema.HospitalParams,
        body: schema.HospitalSettings,
        response: { 200: schema.HospitalBody },
      },
    },
    async (request) => {
      const hospital = await registerHospital(deps, request.params.code, request.body, request.caller.clientId)
      await deps.exchange.refresh()
      return present(hospital)
    },
  )

  app.get(
    '/records/hospitals/:code/jwks.json',
    {
      config: open(),
      schema: {
        tags,
        summary: 'Public key of the assertions that the hub sends to this hospital (RFC 7517)',
        params: schema.HospitalParams,
        response: { 200: schema.Jwks },
      },
    },
    (request) => {
      const code = readInstitutionCode(request.params.code, 'params/code')
      const hospital = deps.exchange.get(code)?.hospital
      if (hospital?.auth.kind !== 'backend-services') throw recordsError('hospital-unknown')
      return { keys: [hospital.auth.publicJwk] }
    },
  )
}

/** A hospital without its private key. */
function present(hospital: Hospital) {
  const { auth, changeNo: _change, ...rest } = hospital
  return {
    ...rest,
    notifies: [...rest.notifies],
    identifierSystems: { ...rest.identifierSystems } as Record<string, string>,
    auth:
      auth.kind === 'none'
        ? { kind: auth.kind }
        : {
            kind: auth.kind,
            clientId: auth.clientId,
            tokenUrl: auth.tokenUrl,
            jwksPath: `/records/hospitals/${hospital.institution}/jwks.json`,
          },
  }
}
