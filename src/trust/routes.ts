import { isCityCode } from '../codes/index.ts'
import { open } from '../http/access.ts'
import type { App, FastifyReply } from '../http/app-type.ts'
import type { Config } from '../kernel/config.ts'
import { MEDIA_TYPE } from './container.ts'
import { trustError } from './errors.ts'
import { hasAlready } from './etag.ts'
import type { Trust } from './open-trust.ts'
import { listUri } from './publish-status-list.ts'
import * as schema from './schema.ts'

const tags = ['trust']

/** Ask each time whether there is a newer one: between two askings a card may have been revoked. */
const CACHING = 'public, no-cache'

export function trustRoutes(
  app: App,
  deps: { readonly trust: Trust; readonly config: Pick<Config, 'publicUrl'> },
): void {
  app.get(
    '/trust/status-lists',
    {
      config: open(),
      schema: {
        tags,
        summary: 'Addresses of all status lists 状态列表目录',
        response: { 200: schema.Aggregation },
      },
    },
    async (_request, reply) => {
      reply.header('cache-control', CACHING)
      return { status_lists: deps.trust.cities().map((city) => listUri(deps.config.publicUrl, city)) }
    },
  )

  app.get(
    '/trust/status-lists/:city',
    {
      config: open(),
      schema: {
        tags,
        summary: "Status of all cards of a city's issuer 卡状态列表",
        description:
          'IETF Token Status List, two bits a card: 0 valid, 1 revoked, 2 suspended, 3 no card has this place. A card names its list by its issuer: the list of `urn:yimatong:CITY` is this address, the place is `idx` in the card.',
        params: schema.ListParams,
        headers: schema.ConditionalHeaders,
        response: {
          200: { content: { 'application/statuslist+jwt': { schema: schema.ListToken } } },
          304: schema.NotChanged,
        },
      },
    },
    async (request, reply) => {
      const { city } = request.params
      if (!isCityCode(city)) throw trustError('list-unknown')
      const { token, etag } = await deps.trust.statusList(city)
      return answer(reply, {
        type: 'application/statuslist+jwt',
        body: token,
        etag,
        known: request.headers['if-none-match'],
      })
    },
  )

  app.get(
    '/trust/bundle',
    {
      config: open(),
      schema: {
        tags,
        summary: 'Everything that a verifier without network needs 离线核验信任包',
        description:
          'Keys of the issuers, status lists, institutions, the map of health codes and trust lists of other systems, signed as one. `npm run -s verify -- --bundle FILE CODE` reads it.',
        headers: schema.ConditionalHeaders,
        response: { 200: { content: { [MEDIA_TYPE]: { schema: schema.BundleText } } }, 304: schema.NotChanged },
      },
    },
    async (request, reply) => {
      const { bytes, gzipped, etag, gzippedEtag } = await deps.trust.bundle()
      const known = request.headers['if-none-match']
      reply.header('vary', 'accept-encoding')
      if (!takesGzip(request.headers['accept-encoding'])) {
        return answer(reply, { type: MEDIA_TYPE, body: bytes, etag, known })
      }
      reply.header('content-encoding', 'gzip')
      return answer(reply, { type: MEDIA_TYPE, body: gzipped, etag: gzippedEtag, known })
    },
  )
}

/** The body is ready as it is: the type that the schema gives it is only what the reference says of it. */
function answer(
  reply: FastifyReply,
  ready: {
    readonly type: string
    readonly body: string | Buffer
    readonly etag: string
    readonly known: string | undefined
  },
): never {
  reply.headers({ 'cache-control': CACHING, etag: ready.etag })
  if (hasAlready(ready.known, ready.etag)) return reply.code(304).send() as never
  return reply.type(ready.type).send(ready.body) as never
}

/** RFC 9110 §12.5.3, as far as it is used: named, and not with the weight 0. */
function takesGzip(accepted: string | string[] | undefined): boolean {
  return String(accepted ?? '')
    .split(',')
    .some((one) => /^\s*gzip\s*(?:;\s*q=(?!0(?:\.0*)?\s*$).*)?$/i.test(one))
}
