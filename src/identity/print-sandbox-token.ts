import type { Config } from '../kernel/config.ts'
import { type Clock, systemClock } from '../kernel/time.ts'
import { identityError } from './errors.ts'
import { JWT_BEARER, tokenUrlOf } from './issue-token.ts'
import { readSandboxCredentials, sandboxCredentialsPath } from './sandbox-credentials.ts'
import { signAssertion } from './sign-assertion.ts'

const TIMEOUT_MS = 10_000

/**
 * Gets an access token for a sandbox client from the running service, as a client system does, and writes the token and
 * a line end, nothing else: `curl -H "Authorization: Bearer $(npm run -s token -- CLIENT)" …`.
 *
 * @param clock the service's time, where it does not run by the machine's.
 */
export async function printSandboxToken(
  config: Pick<Config, 'dataDir' | 'publicUrl'>,
  clientId: string | undefined,
  write: (text: string) => void,
  clock: Clock = systemClock,
): Promise<void> {
  const clients = readSandboxCredentials(config.dataDir)
  if (clients.length === 0) {
    throw identityError('credentials-missing', {
      detail: `There is no ${sandboxCredentialsPath(config.dataDir)}: start the service with its sandbox data first (npm start).`,
    })
  }
  const client = clients.find((one) => one.clientId === clientId)
  if (client === undefined) {
    const list = clients.map((one) => `  ${one.clientId} (${one.role})`).join('\n')
    throw identityError('client-unknown', {
      detail: `${clientId === undefined ? 'Name a client' : `No sandbox client is called ${clientId}`}. There are:\n${list}`,
    })
  }
  const tokenUrl = tokenUrlOf(config.publicUrl)
  const form = new URLSearchParams({
    grant_type: 'client_credentials',
    client_assertion_type: JWT_BEARER,
    client_assertion: await signAssertion(client, tokenUrl, clock),
  })
  write(`${await askForToken(tokenUrl, form)}\n`)
}

async function askForToken(tokenUrl: string, form: URLSearchParams): Promise<string> {
  let response: Response
  try {
    response = await fetch(tokenUrl, { method: 'POST', body: form, signal: AbortSignal.timeout(TIMEOUT_MS) })
  } catch (cause) {
    throw identityError('service-unreachable', {
      detail: `Nothing answers at ${tokenUrl}. Is the service running (npm start)? Does YMT_PUBLIC_URL name it?`,
      cause,
    })
  }
  const text = await response.text()
  const answer = parse(text)
  if (typeof answer['access_token'] === 'string') return answer['access_token']
  const why = answer['error_description'] ?? answer['error'] ?? 'it did not answer as a token endpoint does'
  throw identityError('token-refused', { detail: `${tokenUrl} answered ${response.status}: ${String(why)}` })
}

function parse(text: string): Record<string, unknown> {
  try {
    const value: unknown = JSON.parse(text)
    return typeof value === 'object' && value !== null ? (value as Record<string, unknown>) : {}
  } catch {
    // Not JSON: another server sits at this address; the caller says so with the status.
    return {}
  }
}
