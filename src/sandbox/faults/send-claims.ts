import { setTimeout as sleep } from 'node:timers/promises'
import { outpatientBill } from '../bill.ts'
import type { Token } from './open-stage.ts'

export interface SendClaimsOptions {
  /** Addresses of the APIs; a cashier who gets no answer from one asks the next. */
  readonly urls: readonly string[]
  /** One for each hospital. */
  readonly tokens: readonly Token[]
  readonly people: readonly string[]
  readonly claims: number
  /** Cashiers that each wait for their answer. */
  readonly atOnce: number
  readonly onAnswered: (claim: SentClaim) => void
  /** Whatever must not be: an answer of a repeat that differs from the first one, an unexpected refusal. */
  readonly onFault: (what: string) => void
}

/** What a hospital knows of a claim once it is answered. */
export interface SentClaim {
  readonly key: string
  readonly claimId: string
  readonly state: string
  readonly setlId: string | undefined
  readonly reversed: boolean
}

const PATIENCE_MS = 10_000
const GIVE_UP_MS = 180_000
/** One person's visits follow each other closely, in all four cities at the same time. */
const VISITS_IN_A_ROW = 4
/** Every so many claims one is sent twice at the same time, and one is reversed (twice at the same time). */
const TWICE = 3
const REVERSED = 10

/** Sends claims as hospitals do: each again under its key until the verdict is known. */
export async function sendClaims(options: SendClaimsOptions): Promise<void> {
  let next = 0
  const work = async (): Promise<void> => {
    for (;;) {
      const n = next++
      if (n >= options.claims) return
      const copies = n % TWICE === 0 ? 2 : 1
      const answers = await Promise.all(Array.from({ length: copies }, () => settle(options, n)))
      const [first] = answers
      if (first === undefined) throw new Error('a claim was not sent')
      for (const other of answers) {
        if (other.claim_id !== first.claim_id || other.setlinfo?.setl_id !== first.setlinfo?.setl_id) {
          options.onFault(`claim ${n}: two answers under one key`)
        }
      }
      const reversing = n % REVERSED === 0 && first.state === 'settled'
      if (reversing) await reverse(options, n, first.claim_id)
      options.onAnswered({
        key: keyOf(n),
        claimId: first.claim_id,
        state: first.state,
        setlId: first.setlinfo?.setl_id,
        reversed: reversing,
      })
    }
  }
  await Promise.all(Array.from({ length: options.atOnce }, work))
}

/** The same claim so many times at once: all answers must be one. */
export async function repeatClaim(options: SendClaimsOptions, n: number, times: number): Promise<number> {
  const answers = await Promise.all(Array.from({ length: times }, () => settle(options, n)))
  return new Set(answers.map((one) => `${one.claim_id} ${one.state} ${one.setlinfo?.setl_id ?? ''}`)).size
}

interface Answer {
  readonly claim_id: string
  readonly state: string
  readonly setlinfo?: { readonly setl_id: string }
}

const keyOf = (n: number): string => `faults-${n}`

async function settle(options: SendClaimsOptions, n: number): Promise<Answer> {
  const body = JSON.stringify(billOf(options.people, n))
  const path = '/settlement/claims'
  return (await ask(options, n, { path, key: keyOf(n), body, taken: [201] })) as unknown as Answer
}

/** Both of two reversals under different keys: one is done, the other is refused as already reversed. */
async function reverse(options: SendClaimsOptions, n: number, claimId: string): Promise<void> {
  const path = `/settlement/claims/${claimId}/reversal`
  const done = await Promise.all(
    ['a', 'b'].map((copy) => ask(options, n, { path, key: `${keyOf(n)}-back-${copy}`, taken: [201, 409] })),
  )
  const made = done.filter((one) => one['status'] === undefined)
  if (made.length !== 1) options.onFault(`claim ${n}: reversed ${made.length} times`)
}

interface Question {
  readonly path: string
  readonly key: string
  readonly body?: string
  /** Statuses that end the asking. */
  readonly taken: readonly number[]
}

async function ask(options: SendClaimsOptions, n: number, question: Question): Promise<Record<string, unknown>> {
  const until = performance.now() + GIVE_UP_MS
  for (let attempt = 0; ; attempt++) {
    const url = options.urls[(attempt + n) % options.urls.length]
    const token = options.tokens[n % options.tokens.length] as Token
    const answer = await post(`${url}${question.path}`, await token(), question)
    if (answer !== undefined && question.taken.includes(answer.status)) return JSON.parse(answer.text)
    // 401: the clock of the API is wrong by more than a token lives.
    if (answer !== undefined && answer.status < 500 && ![202, 401, 429].includes(answer.status)) {
      throw new Error(`${question.key} was refused with ${answer.status}: ${answer.text.slice(0, 300)}`)
    }
    if (performance.now() > until) throw new Error(`${question.key} was not answered in ${GIVE_UP_MS} ms`)
    await sleep(50)
  }
}

async function post(
  url: string,
  token: string,
  { key, body }: Question,
): Promise<{ readonly status: number; readonly text: string } | undefined> {
  try {
    const response = await fetch(url, {
      method: 'POST',
      headers: {
        authorization: `Bearer ${token}`,
        'idempotency-key': key,
        ...(body === undefined ? {} : { 'content-type': 'application/json' }),
      },
      ...(body === undefined ? {} : { body }),
      signal: AbortSignal.timeout(PATIENCE_MS),
    })
    return { status: response.status, text: await response.text() }
  } catch {
    // No answer: the process was killed, or is not back yet. Whether the claim was taken is not known.
    return undefined
  }
}

/** The n-th visit. Amounts differ, so that a claim that was mixed up with another would show in the sums. */
function billOf(people: readonly string[], n: number): object {
  const amount = `${20 + ((n * 37) % 400)}.${String((n * 13) % 100).padStart(2, '0')}`
  const personId = people[Math.floor(n / VISITS_IN_A_ROW) % people.length] as string
  return outpatientBill(personId, amount, n % 2 === 0 ? '1' : '0')
}
