import { seedSampleParameters } from '../benefits/index.ts'
import { seedCards } from '../cards/index.ts'
import { seedSampleCatalogue } from '../catalogue/index.ts'
import { CITIES } from '../codes/index.ts'
import { seedClients } from '../identity/index.ts'
import { seedInstitutions } from '../institutions/index.ts'
import { openIssuerKeys, seedIssuers } from '../issuers/index.ts'
import type { Deps } from '../kernel/deps.ts'
import { fen } from '../kernel/money.ts'
import { seedGuardians, seedPeople } from '../people/index.ts'
import { seedRecognition } from '../recognition/index.ts'
import { openAccounts } from '../settlement/index.ts'
import { type SandboxFacts, sandboxFacts } from './facts.ts'
import { readJson, sandboxFile, writePrivateJson } from './files.ts'

/** One sandbox card as its holder has it. */
export interface SandboxCard {
  readonly cardId: string
  readonly city: string
  readonly personId: string
  readonly card: string
}

export interface Sandbox extends SandboxFacts {
  /** Ids in the order of `people`. */
  readonly personIds: readonly string[]
  readonly cards: readonly SandboxCard[]
}

/** Opening balance of an employee's personal account: 3,000.00 yuan, as in golden case G17. */
const OPENING_BALANCE = fen(300_000n)

/**
 * Loads the sandbox: synthetic institutions, people, cards, policy figures, clients. Runs at every start and adds
 * only what is missing, so a start that was cut off is completed by the next one.
 */
export async function seedSandbox(deps: Deps): Promise<Sandbox> {
  const facts = sandboxFacts()
  await seedInstitutions(deps, facts.institutions)
  await seedSampleParameters(deps.db)
  await seedSampleCatalogue(deps)
  await seedRecognition(deps, facts.hospitals)
  const personIds = await seedPeople(deps, facts.people)
  await seedGuardians(
    deps,
    facts.people.map(({ birthDate, insuredCity }, at) => ({
      personId: personIds[at] as string,
      birthDate,
      city: insuredCity,
    })),
  )
  await openAccounts(
    deps,
    facts.people.flatMap((person, index) =>
      person.insutype === '310'
        ? [{ personId: personIds[index] as string, insuredCity: person.insuredCity, balance: OPENING_BALANCE }]
        : [],
    ),
  )
  await seedIssuers(deps)
  await seedClients(deps, facts.clients)
  const cards = await ensureCards(deps, facts, personIds)
  return { ...facts, personIds, cards }
}

/** Cards are not stored by the hub, so the sandbox keeps its people's cards in a file, as a phone would. */
async function ensureCards(
  deps: Deps,
  facts: SandboxFacts,
  personIds: readonly string[],
): Promise<readonly SandboxCard[]> {
  const path = sandboxFile(deps.config.dataDir, 'cards.json')
  const known = readJson<readonly SandboxCard[]>(path)
  // A file of another database does not help: its cards are unknown to this one.
  if (known !== undefined && known.every((card) => personIds.includes(card.personId))) return known

  const issuerKeys = await openIssuerKeys(deps)
  try {
    const issued: SandboxCard[] = []
    for (const { code: city } of CITIES) {
      const ids = personIds.filter((_, index) => facts.people[index]?.insuredCity === city)
      for (const { cardId, personId, card } of await seedCards({ ...deps, issuerKeys }, { city, personIds: ids })) {
        issued.push({ cardId, city, personId, card })
      }
    }
    writePrivateJson(path, issued)
    return issued
  } finally {
    await issuerKeys.close()
  }
}
