import { parseArgs } from 'node:util'
import { type CardsOfKey, countCardsOfKeys, NO_CARDS } from '../cards/index.ts'
import { type CityCode, isCityCode } from '../codes/index.ts'
import {
  COMMAND_LINE,
  findKey,
  type KeyRecord,
  type KeyUse,
  listKeys,
  revokeKey,
  seedIssuers,
} from '../issuers/index.ts'
import type { Deps } from '../kernel/deps.ts'
import { localDate } from '../kernel/time.ts'
import { fingerprintOf, readTrustPolicy } from '../trust/index.ts'
import { CommandError } from './command.ts'
import { withDeps } from './with-deps.ts'

type CommandDeps = Pick<Deps, 'db' | 'clock' | 'keyring'>
type Write = (line: string) => void

export const ISSUERS_USAGE = 'issuers [setup]'
export const COMPROMISED_USAGE = 'keys compromised --issuer CITY --kid KID [--yes]'

const write: Write = (line) => void process.stdout.write(`${line}\n`)

/** `issuers`: the keys of all issuers, with the cards that each has signed. `issuers setup`: makes what is missing of them. */
export async function runIssuers(args: readonly string[]): Promise<void> {
  const [action, ...more] = args
  if (more.length > 0 || (action !== undefined && action !== 'setup')) throw new CommandError(`Usage: ${ISSUERS_USAGE}`)
  await withDeps('issuers', (deps) => (action === 'setup' ? setUpIssuers(deps, write) : printKeys(deps, write)))
}

/** A new hub has no issuer, and one of before lacks the keys for what was added since. Nothing that is there changes. */
export async function setUpIssuers(deps: CommandDeps, line: Write): Promise<void> {
  const { issuers, keys } = await seedIssuers(deps, COMMAND_LINE)
  for (const city of issuers) line(`issuer ${city} was added`)
  for (const { city, use, alg, kid } of keys)
    line(`${city}: ${alg} key ${kid} for ${use} was made and signs from now on`)
  if (issuers.length + keys.length === 0) line('nothing was missing')
}

/** `keys compromised`: what a compromised key takes with it, and with `--yes` the end of that key. */
export async function runCompromised(args: readonly string[]): Promise<void> {
  const order = readOrder(args)
  await withDeps('keys', (deps) => reportCompromise(deps, order, write))
}

export async function printKeys(deps: CommandDeps, line: Write): Promise<void> {
  const keys = await listKeys(deps.db, deps.clock.now())
  const counts = await countCardsOfKeys(deps.db, keys)
  line(
    ['issuer', 'kid', 'alg', 'uses', 'state', 'active from', 'retired at', 'verify until', 'cards', 'possibly'].join(
      '\t',
    ),
  )
  for (const key of keys) {
    const cards = counts.get(key.kid) ?? NO_CARDS
    const dates = [key.activeFrom, key.retiredAt, key.verifyUntil].map((date) => date?.toISOString() ?? '-')
    line([key.city, key.kid, key.alg, key.uses.join(','), key.state, ...dates, sum(cards), cards.possibly].join('\t'))
  }
}

interface CompromiseOrder {
  readonly city: string
  readonly kid: string
  /** Without it nothing is changed. */
  readonly yes: boolean
}

export async function reportCompromise(deps: CommandDeps, order: CompromiseOrder, line: Write): Promise<void> {
  const { city, kid, yes } = order
  const now = deps.clock.now()
  const key = isCityCode(city) ? await findKey(deps.db, { city, kid, now }) : undefined
  if (key === undefined) throw new CommandError(`${city} has no key ${kid}; \`issuers\` lists the keys`)
  if (key.state === 'revoked') {
    throw new CommandError(`${kid} was revoked at ${key.revokedAt?.toISOString() ?? 'an unknown time'}`)
  }
  line(`${kid}: ${key.alg} key of ${city} for ${key.uses.join(', ')}, in state "${key.state}"`)
  await printCards(deps, key, line)
  for (const use of key.uses) line(FALLS[use])
  const signsBundles =
    key.uses.includes('bundle') && (await readTrustPolicy(deps.db, localDate(now)))?.bundleCity === key.city
  if (signsBundles) line('each verifier without network believes the stolen key until it is told of the next one')
  if (!yes) return printPlan(key, line)
  const { successor, at } = await revokeKey(deps, key.city, kid)
  line(successor === undefined ? 'it signed no more, so it has no successor' : `${successor} signs from now on`)
  if (signsBundles && successor !== undefined) await printNextKey(deps, { city: key.city, kid: successor, now }, line)
  line(`${kid} is revoked since ${at.toISOString()}; every process refuses what it signed within a second`)
}

async function printCards(deps: CommandDeps, key: KeyRecord, line: Write): Promise<void> {
  const cards = (await countCardsOfKeys(deps.db, [key])).get(key.kid) ?? NO_CARDS
  const { valid, suspended, revoked, possibly } = cards
  line(`cards that carry its signature: ${sum(cards)} (${valid} valid, ${suspended} suspended, ${revoked} revoked)`)
  // Issued before keys were recorded, while this one signed: to be taken as signed with it.
  if (possibly > 0) line(`possibly, key not recorded: ${possibly}`)
}

/** No bundle could announce it: that of the stolen key is not to be believed. */
async function printNextKey(
  deps: CommandDeps,
  of: { readonly city: CityCode; readonly kid: string; readonly now: Date },
  line: Write,
): Promise<void> {
  const next = await findKey(deps.db, of)
  if (next !== undefined) line(`give it to every verifier, once: --key ${fingerprintOf(next.publicJwk)}`)
}

function printPlan(key: KeyRecord, line: Write): void {
  const signs = key.state === 'signs' || key.state === 'announced'
  line(signs ? 'with --yes another key signs in its place' : 'it signs no more: it gets no successor')
  line('with --yes it is revoked: for ever, in every process within a second')
  line('nothing was changed')
}

/** What is void when a key for this use is revoked, and how it is had again. */
const FALLS: Readonly<Record<KeyUse, string>> = {
  card: 'cards: each has to be printed or issued again; their status and the codes of the code key stay as they are',
  code: 'codes: those of the last minute; the next ones come from the new key',
  status: 'status lists: published again with the new key within a minute; bundles with the old ones are refused',
  health: 'health codes signed with it: to be fetched again',
  bundle: 'trust bundles: to be fetched again before a verifier without network accepts anything',
}

function readOrder(args: readonly string[]): CompromiseOrder {
  try {
    const { values } = parseArgs({
      args: [...args],
      options: { issuer: { type: 'string' }, kid: { type: 'string' }, yes: { type: 'boolean' } },
      strict: true,
    })
    const { issuer, kid, yes = false } = values
    if (issuer !== undefined && kid !== undefined) return { city: issuer, kid, yes }
  } catch (cause) {
    throw new CommandError(`Usage: ${COMPROMISED_USAGE}\n${cause instanceof Error ? cause.message : ''}`.trim())
  }
  throw new CommandError(`Usage: ${COMPROMISED_USAGE}`)
}

const sum = ({ valid, suspended, revoked }: CardsOfKey): number => valid + suspended + revoked
