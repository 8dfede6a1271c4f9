import { CITIES } from '../codes/index.ts'
import { open } from '../http/access.ts'
import type { App } from '../http/app-type.ts'
import type { Deps } from '../kernel/deps.ts'
import type { IssuerKeys } from './open-issuer-keys.ts'
import * as schema from './schema.ts'
import { issuerName } from './types.ts'

const tags = ['issuers']

export interface IssuerRouteDeps extends Pick<Deps, 'config'> {
  readonly issuerKeys: IssuerKeys
}

export function issuersRoutes(app: App, deps: IssuerRouteDeps): void {
  app.get(
    '/issuers',
    {
      config: open(),
      schema: { tags, summary: 'The issuing cities and where their keys are', response: { 200: schema.IssuerList } },
    },
    () => ({
      issuers: CITIES.filter(({ code }) => deps.issuerKeys.issuer(issuerName(code)) !== undefined).map(({ code }) => ({
        city: code,
        issuer: issuerName(code),
        jwksUri: `${deps.config.publicUrl}/issuers/${code}/jwks.json`,
      })),
    }),
  )

  app.get(
    '/issuers/:city/jwks.json',
    {
      config: open(),
      schema: {
        tags,
        summary: "An issuer's public keys (RFC 7517), with what each may sign",
        params: schema.IssuerParams,
        response: { 200: schema.Jwks },
      },
    },
    (request, reply) => {
      void reply.header('cache-control', 'public, max-age=60')
      return {
        keys: deps.issuerKeys
          .publishedKeys(request.params.city)
          .map((key) => ({ ...key, ymt_uses: [...key.ymt_uses] })),
      }
    },
  )
}
