import { generateKeyPairSync, randomBytes } from 'node:crypto'
import { sql } from 'kysely'
import { CITIES, type CityCode } from '../src/codes/index.ts'
import { registerClient } from '../src/identity/index.ts'
import { seedInstitutions } from '../src/institutions/index.ts'
import type { PersonId } from '../src/people/index.ts'
import { generateInstitutions } from '../src/sandbox/institutions.ts'
import { answer } from './answer.ts'
import { seedBenchCards, seedPopulation } from './seed.ts'
import { type BenchClient, openService } from './service.ts'

/**
 * Fills the two databases that `scale-30m` compares. A process of its own that ends before anything is measured: the
 * measured ones read everything at their start, as after a restart.
 */
const service = await openService('fill')

/** Cards that are shown, and hospitals that ask, in both. */
const SHOWN = 50_000
const ASKERS = 32
const PEOPLE = 1_000

const SMALL_CARDS = 1_000

const PLACES = 30_000_000
const INSTITUTIONS = 20_000
const BLOCK = 65_536

interface Filled {
  readonly clients: readonly BenchClient[]
  readonly codes: readonly string[]
}

answer({ small, large }, () => service.close())

/** A thousand cards, each of them signed fifty times: other texts, so nothing is answered from an earlier signature. */
async function small(): Promise<Filled> {
  const { people } = await seedPopulation(service, PEOPLE)
  const codes: string[] = []
  for (const { code: city } of CITIES) {
    const cards = await seedBenchCards(service, { city, people, count: SMALL_CARDS / CITIES.length })
    codes.push(...cards)
    for (let again = 1; again < SHOWN / SMALL_CARDS; again++) {
      codes.push(...(await Promise.all(cards.map((card) => signAgain(city, card)))))
    }
  }
  return { clients: await registerAskers(generateInstitutions('bench')), codes: shuffled(codes) }
}

async function signAgain(city: CityCode, card: string): Promise<string> {
  const [header, payload] = card.split('.', 2).map((part) => JSON.parse(Buffer.from(part, 'base64url').toString()))
  const { token } = await service.live.issuerKeys.sign({ city, use: 'card', typ: header.typ, payload })
  return token
}

/**
 * Thirty million places, each with a status, and real cards spread evenly over all of them. The other places have no row
 * in the register of cards (which would take longer to write than the whole bench takes), so memory holds every block of
 * holders' facts in its full size, but mostly empty.
 */
async function large(): Promise<Filled> {
  const { people } = await seedPopulation(service, PEOPLE)
  const institutions = manyInstitutions()
  for (let at = 0; at < institutions.length; at += 5_000) {
    await seedInstitutions(service.runtime.deps, institutions.slice(at, at + 5_000))
  }
  const blocks = Math.ceil(PLACES / BLOCK)
  const codes: string[] = []
  for (let at = 0; at < blocks; at++) {
    const { code: city } = CITIES[at % CITIES.length] as (typeof CITIES)[number]
    const block = Math.floor(at / CITIES.length)
    const count = Math.floor(((at + 1) * SHOWN) / blocks) - Math.floor((at * SHOWN) / blocks)
    codes.push(...(await fillBlock({ city, block, count, people })))
  }
  return { clients: await registerAskers(institutions), codes: shuffled(codes) }
}

/** Issues `count` cards in a block and gives all its other places a random status. */
async function fillBlock(of: { city: CityCode; block: number; count: number; people: readonly PersonId[] }) {
  const { city, block, count, people } = of
  const { db } = service.runtime.deps
  // The next card of the issuer is the first of this block.
  await sql`update cards_issuer set cards_issued = ${block * BLOCK} where city = ${city}`.execute(db)
  const codes = await seedBenchCards(service, { city, people, count })
  const { rows } = await sql<{ bits: Buffer }>`
    select bits from cards_status_block where city = ${city} and block = ${block}`.execute(db)
  const bits = rows[0]?.bits
  if (bits === undefined) throw new Error('a block with cards has no status')
  bits.set(fillPlaces(bits, randomBytes(bits.length)))
  await sql`update cards_status_block set bits = ${bits} where city = ${city} and block = ${block}`.execute(db)
  return codes
}

/** Gives the places that no card has (3) a random status: half valid, a quarter each revoked and suspended. */
function fillPlaces(bits: Uint8Array, noise: Uint8Array): Uint8Array {
  return bits.map((byte, at) => {
    let filled = byte
    for (let shift = 0; shift < 8; shift += 2) {
      if (((byte >> shift) & 3) !== 3) continue
      const status = ((noise[at] ?? 0) >> shift) & 3
      filled &= ~(3 << shift)
      if (status !== 3) filled |= status << shift
    }
    return filled
  })
}

/** The sandbox's institutions and copies of them under serial numbers of their own. */
function manyInstitutions() {
  const base = generateInstitutions('bench')
  const taken = new Set(base.map((one) => one.code))
  const all = [...base]
  for (let serial = 0; all.length < INSTITUTIONS; serial++) {
    const model = base[serial % base.length] as (typeof base)[number]
    const code = `${model.code.slice(0, 7)}${String(serial).padStart(5, '0')}`
    if (!taken.has(code)) all.push({ ...model, code, scenario: null, recordHolder: false })
  }
  return all
}

/** Hospitals that all cities recognise, so that every answer is equally long. */
async function registerAskers(institutions: ReturnType<typeof generateInstitutions>): Promise<readonly BenchClient[]> {
  const hospitals = shuffled(institutions.filter((one) => one.kind === 'hospital' && one.recognisedBy.length === 4))
  const jwk = generateKeyPairSync('ec', { namedCurve: 'P-256' }).publicKey.export({ format: 'jwk' })
  const clients: BenchClient[] = []
  for (let at = 0; at < ASKERS; at++) {
    const institution = hospitals[at % hospitals.length]?.code ?? ''
    const client: BenchClient = { clientId: `asker-${at}`, role: 'hospital', institution }
    await registerClient(service.runtime.deps, { ...client, jwks: { keys: [jwk] } })
    clients.push(client)
  }
  return clients
}

function shuffled<T>(items: readonly T[]): T[] {
  const random = randomBytes(items.length * 4)
  return items
    .map((item, at) => ({ item, order: random.readUInt32LE(at * 4) }))
    .sort((a, b) => a.order - b.order)
    .map(({ item }) => item)
}
