import { systemClock } from '../../kernel/time.ts'
import type { IssuedAnswer, PeopleAnswer } from '../answers.ts'
import { expectPresent, expectSame } from '../expect.ts'
import type { CardFact, Step, Story } from '../facts.ts'
import { cityName, short } from '../names.ts'

/** Long enough to be issued and seen as good, short enough to be over when the verification comes. */
const BRIEF_LIFE_MS = 3_000

export const issueCards: Step = {
  name: 'issue-cards',
  title: 'Issue cards in Chengdu and Deyang',
  titleZh: '成都、德阳发卡',
  async run(story) {
    const chengdu = await findPerson(story, 'issuer-chengdu', '510100')
    const deyang = await findPerson(story, 'issuer-deyang', '510600')
    const cards = {
      chengdu: await issue(story, 'issuer-chengdu', '510100', chengdu),
      deyang: await issue(story, 'issuer-deyang', '510600', deyang),
      lost: await issue(story, 'issuer-chengdu', '510100', chengdu),
      brief: await issue(
        story,
        'issuer-chengdu',
        '510100',
        chengdu,
        new Date(systemClock.now().getTime() + BRIEF_LIFE_MS),
      ),
    }
    story.facts.cards = cards
    return {
      lines: [cards.chengdu, cards.deyang].map(
        (one) => `${cityName(one.city)}: card ${short(one.cardId)}, until ${one.expiresAt.slice(0, 10)}`,
      ),
      figures: { issued: Object.keys(cards).length },
    }
  },
}

/** The issuer finds its citizen by the identity number, which stands in the body and never in an address. */
async function findPerson({ api, stack }: Story, issuer: string, city: string): Promise<string> {
  const { people, personIds } = stack.sandbox
  const index = people.findIndex((one) => one.insuredCity === city && one.insutype === '310' && one.psnType === '11')
  const value = expectPresent(`an active employee insured in ${city}`, people[index]).idNumber
  const { body } = await api.call<PeopleAnswer>({
    as: issuer,
    method: 'POST',
    path: '/people/search',
    body: { identifier: { type: 'resident-id', value } },
  })
  expectSame('the person found by the identifier', body.people[0]?.personId, personIds[index])
  return expectPresent('the person', body.people[0]).personId
}

async function issue({ api }: Story, as: string, city: string, personId: string, expiresAt?: Date): Promise<CardFact> {
  const { body, status } = await api.call<IssuedAnswer>({
    as,
    method: 'POST',
    path: '/cards',
    key: crypto.randomUUID(),
    body: { personId, ...(expiresAt === undefined ? {} : { expiresAt: expiresAt.toISOString() }) },
  })
  expectSame('status of an issued card', status, 201)
  return { city, personId, cardId: body.cardId, card: body.card, expiresAt: body.expiresAt }
}
