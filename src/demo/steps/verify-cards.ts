import { setTimeout as delay } from 'node:timers/promises'
import { systemClock } from '../../kernel/time.ts'
import type { VerdictAnswer } from '../answers.ts'
import { expectPresent, expectSame } from '../expect.ts'
import type { Step, Story, VerdictFact } from '../facts.ts'

interface Shown {
  readonly shown: string
  readonly shownZh: string
  readonly code: string
  readonly singleUse?: boolean
  /** Reason codes; none = accepted. */
  readonly expected: readonly string[]
}

export const verifyCards: Step = {
  name: 'verify',
  title: 'Verify at a hospital in Deyang',
  titleZh: '德阳医院核验',
  async run(story) {
    const cards = expectPresent('the cards of the first step', story.facts.cards)
    const { api } = story
    const { body: dynamic } = await api.call<{ code: string }>({
      as: 'issuer-chengdu',
      method: 'POST',
      path: `/cards/${cards.chengdu.cardId}/code`,
      body: { purpose: 'check-in' },
    })
    story.facts.dynamicCode = dynamic.code
    await verify(story, { shown: 'before its loss', shownZh: '', code: cards.lost.card, expected: [] })
    await api.call({
      as: 'issuer-chengdu',
      method: 'POST',
      path: `/cards/${cards.lost.cardId}/revocation`,
      key: crypto.randomUUID(),
      body: { reason: 'lost' },
    })
    const soon: readonly Shown[] = [
      { shown: 'good card from Chengdu', shownZh: '成都卡', code: cards.chengdu.card, expected: [] },
      { shown: 'dynamic code, once', shownZh: '动态码', code: dynamic.code, singleUse: true, expected: [] },
      { shown: 'same code again', shownZh: '重复用码', code: dynamic.code, singleUse: true, expected: ['replayed'] },
      { shown: 'card reported lost', shownZh: '已注销卡', code: cards.lost.card, expected: ['revoked'] },
      {
        shown: 'tampered: another end date',
        shownZh: '篡改有效期',
        code: prolong(cards.deyang.card),
        expected: ['signature-invalid'],
      },
      {
        shown: 'tampered: cut off',
        shownZh: '码被截断',
        code: cards.deyang.card.slice(0, -3),
        expected: ['malformed'],
      },
    ]
    const verdicts: VerdictFact[] = []
    for (const one of soon) verdicts.push(await verify(story, one))
    const left = Date.parse(cards.brief.expiresAt) - systemClock.now().getTime()
    await delay(Math.max(0, left) + 50)
    const last = { shown: 'card past its end', shownZh: '过期卡', code: cards.brief.card, expected: ['expired'] }
    verdicts.push(await verify(story, last))
    story.facts.verdicts = verdicts
    return {
      lines: verdicts.map(
        (one) =>
          `${one.shown} ${one.shownZh}: ${one.verdict} ${one.reasons.map((reason) => `${reason.code} ${reason.zh}`).join(', ')}`,
      ),
      figures: {
        verdicts: verdicts.map((one) => ({
          shown: one.shown,
          verdict: one.verdict,
          reasons: one.reasons.map((r) => r.code),
        })),
      },
    }
  },
}

async function verify({ api }: Story, shown: Shown): Promise<VerdictFact> {
  const { body, ms } = await api.call<VerdictAnswer>({
    as: 'hospital-deyang',
    method: 'POST',
    path: '/cards/verify',
    body: {
      code: shown.code,
      purpose: 'check-in',
      ...(shown.singleUse === undefined ? {} : { singleUse: shown.singleUse }),
    },
  })
  expectSame(
    `${shown.shown}: verdict and reasons`,
    { verdict: body.verdict, reasons: body.reasons.map((reason) => reason.code) },
    { verdict: shown.expected.length === 0 ? 'accepted' : 'refused', reasons: shown.expected },
  )
  expectSame(
    `${shown.shown}: a refusal says nothing about the holder`,
    body.holder !== undefined,
    shown.expected.length === 0,
  )
  return {
    shown: shown.shown,
    shownZh: shown.shownZh,
    verdict: body.verdict,
    reasons: body.reasons,
    holder: body.holder?.maskedName,
    ms,
  }
}

/** The same card with a later end and its old signature. */
function prolong(card: string): string {
  const [header = '', payload = '', signature = ''] = card.split('.')
  const content = JSON.parse(Buffer.from(payload, 'base64url').toString('utf8')) as { exp: number }
  const changed = Buffer.from(JSON.stringify({ ...content, exp: content.exp + 86_400 })).toString('base64url')
  return [header, changed, signature].join('.')
}
