import { importJWK, type JWK, SignJWT } from 'jose'
import { newId } from '../kernel/ids.ts'
import type { Clock } from '../kernel/time.ts'

/** Life of the assertions that this code signs: long enough for a slow connection. */
const LIFE_S = 60

/** The client's side of private_key_jwt; `privateJwk` names its `kid` and `alg`. */
export async function signAssertion(
  client: { readonly clientId: string; readonly privateJwk: JWK },
  tokenUrl: string,
  clock: Clock,
): Promise<string> {
  const { kid, alg } = client.privateJwk
  if (kid === undefined || alg === undefined) throw new TypeError('the private key must name its kid and alg')
  const nowS = Math.floor(clock.now().getTime() / 1000)
  return await new SignJWT({
    iss: client.clientId,
    sub: client.clientId,
    aud: tokenUrl,
    jti: newId<'assertion'>(),
    iat: nowS,
    exp: nowS + LIFE_S,
  })
    .setProtectedHeader({ alg, kid, typ: 'JWT' })
    .sign(await importJWK(client.privateJwk, alg))
}
