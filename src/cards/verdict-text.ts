import type { HealthLevelAnswer } from '../healthcodes/index.ts'
import type { Recognition } from '../institutions/index.ts'
import type { AcceptedCode, CodeVerdict, Freshness, Refusal } from './types.ts'

/**
 * The verdict as it leaves the process, as JSON text in the shape of `schema.VerdictBody`: of a refused code nothing about
 * its holder, and the masked name only where the caller's scope asks for it (least data: a verification answers what its
 * purpose needs).
 *
 * Written by hand because nearly all of it is the same text each time: this is a third of what a serialiser takes. A test
 * holds every kind of verdict against the schema.
 */
export function verdictText(verdict: CodeVerdict, options: { readonly withName: boolean }): string {
  const common = `,"freshness":${freshnessText(verdict.freshness)},"clockSkewS":${verdict.clockSkewS}${
    verdict.recognition === null ? '' : `,"recognition":${recognitionText(verdict.recognition)}`
  }}`
  if (verdict.verdict === 'refused') {
    return `{"verdict":"refused","reasons":[${verdict.reasons.map(refusalText).join(',')}]${common}`
  }
  return `{"verdict":"accepted","reasons":[]${cardText(verdict)}${holderText(verdict, options.withName)},"healthCode":${healthText(verdict.healthCode)}${common}`
}

/** Texts that cannot need escaping: codes, numbers, UUIDs of ours. */
function cardText(card: AcceptedCode): string {
  return `,"kind":"${card.kind}","algorithm":"${card.algorithm}","cardId":${JSON.stringify(card.cardId)},"issuer":"${card.city}","issuedAt":"${instantText(card.issuedAt)}","expiresAt":"${instantText(card.expiresAt)}"`
}

function holderText({ holder }: AcceptedCode, withName: boolean): string {
  if (holder === null) return ''
  const city = holder.insuredCity === null ? 'null' : `"${holder.insuredCity}"`
  const name = withName ? `,"maskedName":${JSON.stringify(holder.maskedName)}` : ''
  return `,"holder":{"personId":"${holder.personId}","insuredCity":${city}${name}}`
}

function freshnessText(freshness: Freshness): string {
  const { state, keysAgeMs, statusAgeMs, institutionsAgeMs, healthCodesAgeMs } = freshness
  const { policyFrom, warnAfterS, refuseAfterS } = freshness
  return `{"state":"${state}","keysAgeMs":${keysAgeMs},"statusAgeMs":${statusAgeMs},"institutionsAgeMs":${institutionsAgeMs},"healthCodesAgeMs":${healthCodesAgeMs},"policyFrom":"${policyFrom}","warnAfterS":${warnAfterS},"refuseAfterS":${refuseAfterS}}`
}

/** Refusals are shared objects (`refusal()`), so each is written once. */
const refusals = new WeakMap<Refusal, string>()

function refusalText(refusal: Refusal): string {
  let text = refusals.get(refusal)
  if (text === undefined) {
    text = JSON.stringify(refusal)
    refusals.set(refusal, text)
  }
  return text
}

const RECOGNISED = '{"recognised":true,"reasons":[]}'

const recognitionText = (recognition: Recognition): string =>
  recognition.recognised ? RECOGNISED : JSON.stringify(recognition)

const DORMANT = '{"state":"dormant"}'

function healthText(answer: HealthLevelAnswer): string {
  if (answer.state === 'dormant') return DORMANT
  return JSON.stringify(healthBody(answer))
}

/** A level as it leaves the process. */
export function healthBody(answer: HealthLevelAnswer) {
  if (answer.state !== 'set') return { state: answer.state }
  const { validUntilMs, ...rest } = answer
  return { ...rest, validUntil: new Date(validUntilMs).toISOString() }
}

/** The same few instants come again and again (cards of one issuing, codes of one second). */
const instants = new Map<number, string>()
const INSTANTS = 1_000

function instantText(seconds: number): string {
  let text = instants.get(seconds)
  if (text === undefined) {
    text = new Date(seconds * 1000).toISOString()
    if (instants.size >= INSTANTS) instants.clear()
    instants.set(seconds, text)
  }
  return text
}
