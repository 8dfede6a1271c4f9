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
    const [first, second, third] = await findPeople(story, 'issuer-chengdu', '510100', 3)
    const [fourth] = await findPeople(story, 'issuer-deyang', '510600', 1)
    const cards = {
      chengdu: await issue(story, 'issuer-chengdu', '510100', first),
      deyang: await issue(story, 'issuer-deyang', '510600', fourth),
      lost: await issue(story, 'issuer-chengdu', '510100', second),
      brief: await issue(
        story,
        'issuer-chengdu',
        '510100',
        third,
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

/** The issuer finds its citizens by the identity number, which stands in the body and never in an address. */
async function findPeople({ api, stack }: Story, issuer: string, city: string, count: number): Promise<string[]> {
  const { people, personIds } = stack.sandbox
  const employees = people.flatMap((one, index) =>
    one.insuredCity === city && one.insutype === '310' && one.psnType === '11' ? [index] : [],
  )
  const found: string[] = []
  for (const index of employees.slice(0, count)) {
    const value = expectPresent(`an active employee insured in ${city}`, people[index]).idNumber
    const { body } = await api.call<PeopleAnswer>({
      as: issuer,
      method: 'POST',
      path: '/people/search',
      body: { identifier: { type: 'resident-id', value } },
    })
    expectSame('the person found by the identifier', body.people[0]?.personId, personIds[index])
    found.push(expectPresent('the person', body.people[0]).personId)
  }
  return found
}

/** A city has one good card for a person: where there is one, it is renewed, and the old one goes with it. */
async function issue(
  { api }: Story,
  as: string,
  city: string,
  personId: string | undefined,
  expiresAt?: Date,
): Promise<CardFact> {
  const holder = expectPresent('the person', personId)
  const post = (path: string, body: object, statuses: readonly number[]) =>
    api.call<IssuedAnswer & { code?: string }>({
      as,
      method: 'POST',
      path,
      key: crypto.randomUUID(),
      body: { ...body, ...(expiresAt === undefined ? {} : { expiresAt: expiresAt.toISOString() }) },
      statuses,
    })
  let { body, status } = await post('/cards', { personId: holder }, [201, 409])
  if (body.code === 'cards.already-issued') {
    ;({ body, status } = await post(`/cards/${body.cardId}/renewal`, {}, [201]))
  }
  expectSame('status of an issued card', status, 201)
  return { city, personId: holder, cardId: body.cardId, card: body.card, expiresAt: body.expiresAt }
}
