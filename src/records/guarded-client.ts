import type { Dispatcher } from 'undici'
import { isList, isObject } from '../fhir/index.ts'
import { type Budget, DEADLINE } from './budget.ts'
import {
  busyFailure,
  classifyFailure,
  type Failure,
  ofStatus,
  securityFailure,
  structureFailure,
} from './classify-failure.ts'
import type { TokenDesk } from './hospital-token.ts'
import type { NoPlace, Places } from './places.ts'
import { type Page, type Reply, readAnswer, readSearchset } from './read-searchset.ts'
import type { KeptAnswer, ResponseCache } from './response-cache.ts'
import { mayAskAgain } from './retry.ts'
import { type HospitalAnswer, type HospitalRequest, NoRoom, sendRequest } from './send-request.ts'
import type { Resource } from './types.ts'

export type { Page, Reply }

export interface GuardedClient {
  /**
   * By `POST _search` where a person's identifier is looked for: addresses end up in logs. A search by the patient's
   * logical id at the hospital goes by GET, for only a GET can be conditional (RFC 9110 §13.1.2).
   */
  search(type: string, params: SearchForm, call: Call): Promise<Reply>
  /** A further page, by a link as written or as `pathOf` left it. A link that leaves the hospital is not followed. */
  follow(link: string, call: Call): Promise<Reply>
  /** The link without the hospital's base; undefined where it leads elsewhere. */
  pathOf(link: string): string | undefined
}

export type SearchForm = Readonly<Record<string, readonly string[]>>

export interface Call {
  readonly budget: Budget
  readonly requestId: string
  /** Addresses of the further pages fetched so far: none is fetched twice. */
  readonly visited: Set<string>
}

export interface ClientParts {
  readonly baseUrl: string
  readonly agent: Dispatcher
  readonly tokens: TokenDesk | undefined
  /** Requests at once: to this hospital, and to all of them. */
  readonly places: Places
  readonly allPlaces: Places
  readonly cache: ResponseCache
}

/** Longer addresses are cut or refused by what stands before servers: such a search goes by POST. */
const LONGEST_URL = 2_000

type Outcome = HospitalAnswer | { readonly failure: Failure }

/** The only way to a hospital: its own base and nothing else, within places, time, bytes and memory. */
export function createGuardedClient(parts: ClientParts): GuardedClient {
  const { baseUrl, agent, tokens, places, allPlaces, cache } = parts

  /** One attempt. Without room for the answer its place is given back, and it is made again when there is some. */
  const attempt = async (request: HospitalRequest, call: Call): Promise<Outcome> => {
    const { budget } = call
    const token = tokens === undefined ? undefined : await untilStopped(tokens.get(), budget.signal)
    if (token !== undefined && 'failure' in token) return token
    const headers = {
      accept: 'application/fhir+json',
      'accept-encoding': 'identity',
      // A hospital that ignored a parameter would answer something else than was asked (R4 search.html#errors).
      prefer: 'handling=strict',
      'x-request-id': call.requestId,
      ...(token === undefined ? {} : { authorization: `Bearer ${token.token}` }),
      ...request.headers,
    }
    for (let room = 0; ; ) {
      const came = performance.now()
      const refused = await enter(budget.signal)
      if (refused !== undefined) return { failure: refused }
      const sent = performance.now()
      try {
        return await sendRequest(agent, { ...request, headers }, budget, room)
      } catch (error) {
        if (!(error instanceof NoRoom)) {
          // What waited here for longer than the hospital had time to answer is not held against the hospital.
          const waited = error === DEADLINE && sent - came > performance.now() - sent
          return { failure: waited ? busyFailure(TOO_MANY_OPEN) : classifyFailure(error) }
        }
        room = error.bytes
      } finally {
        allPlaces.leave()
        places.leave()
      }
      if (budget.share === undefined || !(await budget.share.waitForTurn(room, budget.signal))) {
        return { failure: stopped(budget.signal, 'The hub had no room for the answer of the hospital.') }
      }
    }
  }

  const enter = async (signal: AbortSignal): Promise<Failure | undefined> => {
    const own = await places.enter(signal)
    if (own !== 'in') return noPlace(own, signal)
    const all = await allPlaces.enter(signal)
    if (all === 'in') return undefined
    places.leave()
    return noPlace(all, signal)
  }

  /** With the second attempts that are due to a request which changes nothing. */
  const ask = async (request: HospitalRequest, call: Call): Promise<Outcome> => {
    // A hospital that was restarted has closed the sockets we kept, and knows no token of before: each is worth one
    // more try with a fresh one.
    let mayReconnect = true
    let mayRenew = tokens !== undefined
    for (;;) {
      const outcome = await attempt(request, call)
      const failure =
        'failure' in outcome
          ? outcome.failure
          : outcome.status < 400
            ? undefined
            : ofStatus(outcome.status, outcome.headers)
      if (failure === undefined) return outcome
      if (failure.again === 'at-once' && mayReconnect) mayReconnect = false
      else if (failure.status === 401 && mayRenew) {
        mayRenew = false
        tokens?.drop()
      } else if (!(await mayAskAgain(failure, call.budget))) return outcome
    }
  }

  /** A GET whose answer may be known already; it counts only if the hospital says that it still holds. */
  const askUnlessKnown = async (url: string, call: Call): Promise<Reply> => {
    const known = cache.get(url)
    const outcome = await ask(
      { method: 'GET', url, headers: known === undefined ? {} : { 'if-none-match': known.etag } },
      call,
    )
    if ('failure' in outcome) return outcome
    if (outcome.status === 304 && known !== undefined) {
      cache.put(url, known)
      return readSearchset(known.bytes)
    }
    const reply = readAnswer(outcome)
    const kept = 'failure' in reply ? undefined : keepable(outcome)
    if (kept === undefined) cache.drop(url)
    else cache.put(url, kept)
    return reply
  }

  return {
    async search(type, params, call) {
      const form = new URLSearchParams(
        Object.entries(params).flatMap(([name, values]) => values.map((one) => [name, one])),
      )
      const url = `${baseUrl}/${type}?${form.toString()}`
      if ('patient' in params && !('identifier' in params) && url.length <= LONGEST_URL) {
        return await askUnlessKnown(url, call)
      }
      const outcome = await ask(
        {
          method: 'POST',
          url: `${baseUrl}/${type}/_search`,
          headers: { 'content-type': 'application/x-www-form-urlencoded' },
          body: form.toString(),
        },
        call,
      )
      return 'failure' in outcome ? outcome : readAnswer(outcome)
    },
    async follow(link, call) {
      const href = hrefUnder(link, baseUrl)
      if (href === undefined) {
        return { failure: securityFailure('The link to the next page leaves the hospital; not followed.') }
      }
      if (call.visited.has(href)) {
        return { failure: structureFailure('The link to the next page leads back to an earlier one.') }
      }
      call.visited.add(href)
      return await askUnlessKnown(href, call)
    },
    pathOf: (link) => hrefUnder(link, baseUrl)?.slice(baseUrl.length),
  }
}

/** The whole address of a link under the base; one that begins with `/` or `?` may be what `pathOf` left. */
function hrefUnder(link: string, baseUrl: string): string | undefined {
  const whole = /^[/?]/.test(link) && isUnder(`${baseUrl}${link}`, baseUrl) ? `${baseUrl}${link}` : link
  if (!isUnder(whole, baseUrl)) return undefined
  const { href } = new URL(whole, `${baseUrl}/`)
  return href.startsWith(baseUrl) ? href : undefined
}

const TOO_MANY_OPEN = 'Too many questions were open at this hospital.'

function noPlace(why: NoPlace, signal: AbortSignal): Failure {
  if (why === 'stopped') return stopped(signal, TOO_MANY_OPEN)
  if (why === 'full') return busyFailure('Too many questions wait for this hospital.')
  return busyFailure('The hospital failed repeatedly and is being left alone.')
}

/** Stopped before anything was sent: a deadline that passed here is no fault of the hospital. */
const stopped = (signal: AbortSignal, text: string): Failure =>
  signal.reason === DEADLINE ? busyFailure(text) : classifyFailure(signal.reason)

/** Waits for a shared work no longer than this search may: the work itself goes on for the others who wait for it. */
async function untilStopped<T>(work: Promise<T>, signal: AbortSignal): Promise<T | { readonly failure: Failure }> {
  let stop = (): void => undefined
  const ended = new Promise<{ readonly failure: Failure }>((resolve) => {
    stop = () => resolve({ failure: classifyFailure(signal.reason) })
    signal.addEventListener('abort', stop, { once: true })
    if (signal.aborted) stop()
  })
  try {
    return await Promise.race([work, ended])
  } finally {
    signal.removeEventListener('abort', stop)
  }
}

/** What may be kept of an answer: one with a validator, and without the wish not to be kept (RFC 9111 §5.2.2.5). */
function keepable({ headers, bytes }: HospitalAnswer): KeptAnswer | undefined {
  const { etag } = headers
  if (etag === undefined || !/^(?:W\/)?"[\x21\x23-\x7e]{1,256}"$/.test(etag)) return undefined
  if (/\bno-store\b/i.test(headers['cache-control'] ?? '')) return undefined
  return { etag, bytes }
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
