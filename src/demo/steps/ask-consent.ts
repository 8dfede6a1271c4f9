import { randomUUID } from 'node:crypto'
import type { ConsentAnswer, ConsentPolicyAnswer, Outcome } from '../answers.ts'
import { expectPresent, expectSame } from '../expect.ts'
import type { Step, Story } from '../facts.ts'

export const askConsent: Step = {
  name: 'consent',
  title: 'The person says no to one hospital; an emergency opens with a reason; the no is taken back',
  titleZh: '授权、紧急调阅与撤回',
  async run(story) {
    const { api, facts, stack } = story
    const personId = expectPresent('the person of the first step', facts.cards).deyang.personId
    const hospital = expectPresent('the hospital in Meishan', stack.sandbox.hospitals[2])
    const { body: policy } = await api.call<ConsentPolicyAnswer>({ as: 'issuer-deyang', path: '/consents/policy' })
    const notice = expectPresent(
      'a notice on treatment',
      policy.notices.find((one) => one.purpose === 'TREAT' && !one.sensitive),
    )
    const before = await search(story, personId, 'TREAT')
    const { body: no } = await api.call<ConsentAnswer>({
      as: 'issuer-deyang',
      method: 'POST',
      path: '/consents',
      key: randomUUID(),
      body: {
        personId,
        decision: 'deny',
        purpose: 'TREAT',
        recipients: [hospital.code],
        dataClasses: ['C5'],
        givenBy: 'self',
        notice: notice.notice,
        noticeVersion: notice.version,
        noticeHash: notice.hash,
        language: notice.language,
        channel: 'app',
        evidenceRef: 'sign:demo-1',
      },
    })
    const denied = await search(story, personId, 'TREAT')
    const unopened = await search(story, personId, 'ETREAT')
    await api.call({
      as: 'hospital-meishan',
      method: 'POST',
      path: '/consents/overrides',
      key: randomUUID(),
      body: { personId, unit: '急诊科', officer: 'MS-0001', reason: 'unconscious', text: '车祸昏迷，需了解用药史' },
    })
    const opened = await search(story, personId, 'ETREAT')
    await api.call({
      as: 'issuer-deyang',
      method: 'POST',
      path: `/consents/${no.consentId}/withdrawal`,
      key: randomUUID(),
      body: { personId, withdrawnBy: 'self', channel: 'app' },
    })
    const after = await search(story, personId, 'TREAT')
    const statuses = { before, denied, unopened, opened, after }
    expectSame('who may read when', statuses, { before: 200, denied: 403, unopened: 403, opened: 200, after: 200 })
    return {
      lines: [
        `${hospital.name} reads: ${before}; after the person said no: ${denied}`,
        `in an emergency without a reason: ${unopened}; with unit, officer and reason, for two hours and to be reviewed: ${opened}`,
        `after the no was taken back: ${after}`,
      ],
      figures: statuses,
    }
  },
}

/** Status of a search by the hospital in Meishan. */
async function search({ api }: Story, personId: string, purpose: string): Promise<number> {
  const { status } = await api.call<Outcome>({
    as: 'hospital-meishan',
    path: `/fhir/DiagnosticReport?patient=${personId}&_count=1`,
    headers: { 'x-purpose-of-use': purpose },
    statuses: [200, 403],
  })
  return status
}
