import { Type } from 'typebox'

const strict = { additionalProperties: false } as const

export const ListParams = Type.Object(
  { city: Type.String({ maxLength: 6, description: 'City of the issuer.', examples: ['510600'] }) },
  strict,
)

export const ConditionalHeaders = Type.Object({
  'if-none-match': Type.Optional(
    Type.String({ maxLength: 500, description: 'ETag of an earlier answer: 304 where nothing has changed.' }),
  ),
})

/** draft-ietf-oauth-status-list §9.3. */
export const Aggregation = Type.Object(
  {
    status_lists: Type.Array(Type.String({ maxLength: 300 }), {
      maxItems: 16,
      examples: [['http://127.0.0.1:8080/trust/status-lists/510100']],
    }),
  },
  strict,
)

export const ListToken = Type.String({ description: 'A compact JWS (`typ: statuslist+jwt`).' })
export const BundleText = Type.String({
  description:
    'Lines of text: the manifest, a compact JWS (`typ: ymt-trust-bundle+jwt`) with the SHA-256 of each part, then the parts, one a line.',
})
export const NotChanged = Type.Null({ description: 'Not changed.' })
