import { randomUUID } from 'node:crypto'
import { printSandboxToken } from '../identity/index.ts'
import { StoryBroken } from './expect.ts'

export interface Ask {
  /** Sandbox client in whose name it is asked. */
  readonly as: string
  readonly method?: 'GET' | 'POST'
  readonly path: string
  readonly body?: object
  /** Idempotency-Key. */
  readonly key?: string
  readonly headers?: Readonly<Record<string, string>>
  /** Statuses that belong to the story; any other one breaks it. */
  readonly statuses?: readonly number[]
}

export interface Answer<T> {
  readonly status: number
  readonly headers: Headers
  readonly body: T
  readonly ms: number
  readonly requestId: string
}

/** The public HTTP API as the sandbox's client systems call it. */
export interface Client {
  call<T>(ask: Ask): Promise<Answer<T>>
  /** Every address that was asked. */
  readonly urls: () => readonly string[]
}

const TIMEOUT_MS = 30_000

export function createClient(at: { readonly publicUrl: string; readonly dataDir: string }): Client {
  const urls: string[] = []
  const tokens = new Map<string, Promise<string>>()
  const tokenOf = (client: string): Promise<string> => {
    const known = tokens.get(client)
    if (known !== undefined) return known
    urls.push(`${at.publicUrl}/oauth/token`)
    let text = ''
    const token = printSandboxToken(at, client, (part) => void (text += part)).then(() => text.trim())
    tokens.set(client, token)
    return token
  }

  return {
    urls: () => urls,
    async call<T>(ask: Ask): Promise<Answer<T>> {
      const { as, method = 'GET', path, body, key, headers, statuses = [200, 201] } = ask
      const url = `${at.publicUrl}${path}`
      const token = await tokenOf(as)
      const requestId = randomUUID()
      urls.push(url)
      const started = performance.now()
      const response = await fetch(url, {
        method,
        signal: AbortSignal.timeout(TIMEOUT_MS),
        headers: {
          authorization: `Bearer ${token}`,
          'x-request-id': requestId,
          ...(key === undefined ? {} : { 'idempotency-key': key }),
          ...(body === undefined ? {} : { 'content-type': 'application/json' }),
          ...headers,
        },
        ...(body === undefined ? {} : { body: JSON.stringify(body) }),
      })
      const text = await response.text()
      const ms = performance.now() - started
      if (!statuses.includes(response.status)) {
        throw new StoryBroken(
          `${method} ${path} as ${as}`,
          `status ${statuses.join(' or ')}`,
          `${response.status} ${text}`,
        )
      }
      return { status: response.status, headers: response.headers, body: JSON.parse(text) as T, ms, requestId }
    },
  }
}

/** Runs all with at most `limit` at a time; answers in the order of the items. */
export async function inParallel<T, R>(
  items: readonly T[],
  limit: number,
  work: (item: T, index: number) => Promise<R>,
): Promise<readonly R[]> {
  const results: R[] = []
  let next = 0
  const lane = async (): Promise<void> => {
    for (let index = next++; index < items.length; index = next++) {
      results[index] = await work(items[index] as T, index)
    }
  }
  await Promise.all(Array.from({ length: limit }, lane))
  return results
}
