import { isUtf8 } from 'node:buffer'
import { Client, type FhirResource, type RequestOptions } from 'fhir-kit-client'
import type { Dispatcher } from 'undici'
import { isList, isObject } from '../fhir/index.ts'
import type { Budget } from './budget.ts'
import { classifyFailure, type Failure, ofStatus, securityFailure, structureFailure } from './classify-failure.ts'
import type { TokenDesk } from './hospital-token.ts'
import { createMeter } from './meter.ts'
import { type Place, scanSearchset } from './scan-searchset.ts'
import type { Resource } from './types.ts'

/** A searchset, read and as it came. */
export interface Page {
  readonly body: Resource
  /** Its bytes as a text of one character a byte: what is unchanged goes on as it is, with numbers as they are spelled. */
  readonly raw: string
  /** Where in it each entry's resource stands. */
  readonly places: readonly (Place | undefined)[]
}

export type Reply = Page | { readonly failure: Failure }

export interface GuardedClient {
  /** Always `POST _search`: what is looked for may name a person, and addresses end up in logs. */
  search(type: string, params: SearchForm, call: Call): Promise<Reply>
  /** The next page; undefined where there is none. A link that leaves the hospital is not followed. */
  next(page: Resource, call: Call): Promise<Reply> | undefined
}

export type SearchForm = Readonly<Record<string, readonly string[]>>

export interface Call {
  readonly budget: Budget
  readonly requestId: string
  /** Addresses of the further pages fetched so far: none is fetched twice. */
  readonly visited: Set<string>
}

/**
 * fhir-kit-client behind a guard. Left alone it has no time limit, reads bodies of any size, opens a socket per
 * request, follows redirects and sends the access token to whatever host a `next` link names.
 */
export function createGuardedClient(baseUrl: string, agent: Dispatcher, tokens: TokenDesk | undefined): GuardedClient {
  const client = new Client({ baseUrl })

  const once = async (run: (options: RequestOptions) => Promise<unknown>, call: Call): Promise<Reply> => {
    const token = tokens === undefined ? undefined : await untilStopped(tokens.get(), call.budget.signal)
    if (token !== undefined && 'failure' in token) return token
    const meter = createMeter(agent, call.budget)
    const options = {
      signal: meter.signal,
      redirect: 'manual',
      dispatcher: meter.dispatcher,
      headers: {
        'accept-encoding': 'identity',
        // A hospital that ignored a parameter would answer something else than was asked (R4 search.html#errors).
        prefer: 'handling=strict',
        'x-request-id': call.requestId,
        ...(token === undefined ? {} : { authorization: `Bearer ${token.token}` }),
      },
      // Node's own fetch types name the undici that Node bundles; the two releases share this interface.
    } as unknown as RequestOptions
    try {
      const body = await run(options)
      const response = Client.httpFor(body as FhirResource).response as Response
      return readBody(response, withoutMark(meter.takeBody()))
    } catch (error) {
      return { failure: classifyFailure(error, meter.signal) }
    }
  }

  const request = async (run: (options: RequestOptions) => Promise<unknown>, call: Call): Promise<Reply> => {
    // A hospital that was restarted has closed the sockets we kept, and knows no token of before: each is worth one
    // more try with a fresh one. Searches change nothing, so asking again does no harm.
    let mayReconnect = true
    let mayRenew = tokens !== undefined
    for (;;) {
      const reply = await once(run, call)
      if (!('failure' in reply)) return reply
      if (reply.failure.broken === true && mayReconnect) mayReconnect = false
      else if (reply.failure.status === 401 && mayRenew) {
        mayRenew = false
        tokens?.drop()
      } else return reply
    }
  }

  return {
    search(type, params, call) {
      const searchParams = Object.fromEntries(Object.entries(params).map(([name, values]) => [name, [...values]]))
      return request(
        (options) =>
          client.resourceSearch({ resourceType: type, searchParams, options: { ...options, postSearch: true } }),
        call,
      )
    },
    next(page, call) {
      const link = nextLink(page)
      if (link === undefined) return undefined
      if (!isUnder(link, baseUrl)) {
        return Promise.resolve({
          failure: securityFailure('The link to the next page leaves the hospital; not followed.'),
        })
      }
      const { href } = new URL(link, `${baseUrl}/`)
      if (call.visited.has(href)) {
        return Promise.resolve({ failure: structureFailure('The link to the next page leads back to an earlier one.') })
      }
      call.visited.add(href)
      return request((options) => client.request(href, { options }), call)
    },
  }
}

/** Waits for a shared work no longer than this search may: the work itself goes on for the others who wait for it. */
async function untilStopped<T>(work: Promise<T>, signal: AbortSignal): Promise<T | { readonly failure: Failure }> {
  let stop = (): void => undefined
  const stopped = new Promise<{ readonly failure: Failure }>((resolve) => {
    stop = () => resolve({ failure: classifyFailure(undefined, signal) })
    signal.addEventListener('abort', stop, { once: true })
    if (signal.aborted) stop()
  })
  try {
    return await Promise.race([work, stopped])
  } finally {
    signal.removeEventListener('abort', stop)
  }
}

function readBody(response: Response, bytes: Buffer): Reply {
  if (response.status !== 200) return { failure: ofStatus(response.status) }
  const type = response.headers.get('content-type') ?? ''
  if (!/^application\/(?:fhir\+json|json)\b/i.test(type)) {
    return { failure: structureFailure('The hospital answered with another content type than FHIR JSON.') }
  }
  const text = isUtf8(bytes) ? bytes.toString('utf8') : undefined
  const body = text === undefined ? undefined : parsed(text)
  if (!isObject(body) || body['resourceType'] !== 'Bundle' || body['type'] !== 'searchset') {
    return { failure: structureFailure('The hospital answered a search with something that is no searchset.') }
  }
  const raw = bytes.toString('latin1')
  const places = scanSearchset(raw)
  // What looks at a resource walks it level by level: a deep one would end the stack, and with it the whole search.
  if (places === undefined)
    return { failure: structureFailure('The hospital sent JSON nested deeper than FHIR needs.') }
  return { body: body as Resource, raw, places }
}

/** Without the byte order mark that some systems put before JSON (RFC 8259 §8.1 lets a reader ignore it). */
function withoutMark(bytes: Buffer): Buffer {
  return bytes.length >= 3 && bytes.readUIntBE(0, 3) === 0xefbbbf ? bytes.subarray(3) : bytes
}

/** Undefined for what is no JSON. */
function parsed(text: string): unknown {
  try {
    return JSON.parse(text)
  } catch (error) {
    if (error instanceof SyntaxError) return undefined
    throw error
  }
}

/** Where the page says that the next one is, as written. */
export function nextLink(page: Resource): string | undefined {
  const links = isList(page['link']) ? page['link'].filter(isObject) : []
  const url = links.find((link) => link['relation'] === 'next')?.['url']
  return typeof url === 'string' ? url : undefined
}

/** True for an address at the same origin and under the same base path, without user info. */
export function isUnder(link: string, baseUrl: string): boolean {
  if (!URL.canParse(link, `${baseUrl}/`)) return false
  const url = new URL(link, `${baseUrl}/`)
  const base = new URL(baseUrl)
  return (
    url.origin === base.origin &&
    url.username === '' &&
    url.password === '' &&
    (url.pathname === base.pathname || url.pathname.startsWith(`${base.pathname.replace(/\/$/, '')}/`))
  )
}
