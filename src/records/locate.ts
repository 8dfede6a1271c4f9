import type { Connection } from './connection.ts'
import type { LinkRow, LocatorRow } from './locator-store.ts'
import type { Holding } from './note-holdings.ts'
import type { SourceResult } from './types.ts'

/** "Not known here" is believed for this long: a person may become a patient anywhere at any time. */
const NOT_LINKED_FOR_MS = 10 * 60_000
/** What is known already is written again only after this long: a read should not cost a write. */
const KNOWN_FOR_MS = 24 * 3_600_000

export interface Choice {
  readonly asked: readonly Connection[]
  /** Everybody else who might hold something, with the reason why it was not asked. */
  readonly notAsked: readonly SourceResult[]
}

/**
 * Whom to ask about a person's records of one type. A hospital that announces every record of this type is asked only
 * where it announced one; any other is asked unless it said a moment ago that it does not know the person. A house that
 * holds records but cannot be asked is named too: its silence must not look like an empty shelf.
 */
export function chooseHospitals(
  connections: readonly Connection[],
  known: readonly LocatorRow[],
  question: { readonly type: string; readonly now: Date },
): Choice {
  const asked: Connection[] = []
  const notAsked: SourceResult[] = []
  for (const connection of connections) {
    const { institution, enabled, notifies } = connection.hospital
    const ofHouse = known.filter((row) => row.institution === institution)
    const holds = ofHouse.filter((row) => row.type === question.type)
    if (!enabled) notAsked.push(skipped(institution))
    else if (isKnownAbsent(ofHouse, question.now)) notAsked.push(notLinked(institution))
    else if (notifies.includes(question.type) && holds.length === 0) notAsked.push(announcedNothing(institution))
    else asked.push(connection)
  }
  const registered = new Set(connections.map((one) => one.hospital.institution))
  const strangers = new Set(
    known.filter((row) => row.type === question.type && !registered.has(row.institution)).map((row) => row.institution),
  )
  return { asked, notAsked: [...notAsked, ...[...strangers].map(notConnected)] }
}

/** The hospital said a moment ago that it does not know the person, and nothing that came later says otherwise. */
function isKnownAbsent(ofHouse: readonly LocatorRow[], now: Date): boolean {
  const link = newestLink(ofHouse)
  if (link === undefined || link.linked || !isFresh(link.seenAt, NOT_LINKED_FOR_MS, now)) return false
  return ofHouse.every((row) => row.type === null || row.seenAt <= link.seenAt)
}

export interface Learnt {
  readonly links: readonly LinkRow[]
  readonly holdings: readonly Holding[]
}

/**
 * What a search taught. A failed source teaches nothing. All of it counts from when the search began: a notice that
 * came while the hospitals were answering is the newer knowledge.
 */
export function whatWasLearnt(
  known: readonly LocatorRow[],
  results: readonly SourceResult[],
  search: { readonly personId: string; readonly began: Date },
): Learnt {
  const { personId, began } = search
  const links: LinkRow[] = []
  const holdings: Holding[] = []
  for (const { source, state, found, included } of results) {
    if (state !== 'ok' && state !== 'partial' && state !== 'not-linked') continue
    const linked = state !== 'not-linked'
    const ofHouse = known.filter((row) => row.institution === source)
    const link = newestLink(ofHouse)
    const forMs = linked ? KNOWN_FOR_MS : NOT_LINKED_FOR_MS
    if (link?.linked !== linked || !isFresh(link.seenAt, forMs, began)) {
      links.push({ institution: source, linked, seenAt: began })
    }
    const types = new Set([...found, ...included].map((one) => one.resource.resourceType))
    for (const row of ofHouse) {
      if (row.type !== null && isFresh(row.seenAt, KNOWN_FOR_MS, began)) types.delete(row.type)
    }
    if (types.size > 0) {
      holdings.push({ personId, institution: source, types: [...types], seenAt: began, learntFrom: 'search' })
    }
  }
  return { links, holdings }
}

/** The same as the locator will tell it. */
export function rowsOf({ links, holdings }: Learnt): readonly LocatorRow[] {
  return [
    ...links.map((one) => ({ ...one, type: null })),
    ...holdings.flatMap(({ institution, types, seenAt }) =>
      types.map((type) => ({ institution, type, linked: true, seenAt })),
    ),
  ]
}

/** Two ids of a merged person may each have one. */
function newestLink(ofHouse: readonly LocatorRow[]): LocatorRow | undefined {
  const links = ofHouse.filter((row) => row.type === null)
  return links.reduce<LocatorRow | undefined>(
    (newest, one) => (newest === undefined || one.seenAt > newest.seenAt ? one : newest),
    undefined,
  )
}

function isFresh(seenAt: Date, forMs: number, now: Date): boolean {
  return now.getTime() - seenAt.getTime() < forMs
}

const nothing = { elapsedMs: 0, found: [], included: [], total: 0 } as const

export function skipped(source: string): SourceResult {
  const text = 'The hospital is not registered here, or is switched off.'
  return { ...nothing, source, state: 'skipped', issue: { code: 'not-supported', text } }
}

function notLinked(source: string): SourceResult {
  const text = 'The person was not known at this hospital minutes ago; it was not asked again.'
  return { ...nothing, source, state: 'not-linked', issue: { code: 'not-found', text } }
}

function announcedNothing(source: string): SourceResult {
  const text = 'Not asked: the hospital announces such records and announced none of this person.'
  return { ...nothing, source, state: 'not-asked', issue: { code: 'incomplete', text } }
}

function notConnected(source: string): SourceResult {
  const text = 'The institution holds such records of this person, but is not connected to the hub.'
  return { ...nothing, source, state: 'skipped', issue: { code: 'not-supported', text } }
}
