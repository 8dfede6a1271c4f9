import type { Deps } from '../kernel/deps.ts'
import { type CodeMapping, readMappings } from '../mappings/index.ts'

/** The confirmed mappings of hospitals whose results were looked at, as this process remembers them. */
export interface MappingMemory {
  /** Mappings of these hospitals, read where they are not remembered or too old. */
  of(institutions: readonly string[]): Promise<ReadonlyMap<string, MappingsByCode>>
}

/** By system and code of the hospital: `${system}|${code}`. */
export type MappingsByCode = ReadonlyMap<string, readonly CodeMapping[]>

/** A mapping that two persons confirmed is used after this long at the latest. */
const FRESH_MS = 5_000

interface Remembered {
  readonly readAtMs: number
  readonly mappings: Promise<MappingsByCode>
}

/** One query a hospital every few seconds, shared by all who ask meanwhile. */
export function openMappingMemory(deps: Pick<Deps, 'db'>): MappingMemory {
  const remembered = new Map<string, Remembered>()

  const read = (institution: string): Promise<MappingsByCode> => {
    const known = remembered.get(institution)
    const nowMs = performance.now()
    if (known !== undefined && nowMs - known.readAtMs < FRESH_MS) return known.mappings
    const mappings = readMappings(deps.db, institution).then((rows) =>
      Map.groupBy(rows, (one) => `${one.localSystem}|${one.localCode}`),
    )
    remembered.set(institution, { readAtMs: nowMs, mappings })
    // A failed read is not remembered: the next one asks again.
    mappings.catch(() => {
      if (remembered.get(institution)?.mappings === mappings) remembered.delete(institution)
    })
    return mappings
  }

  return {
    async of(institutions) {
      return new Map(await Promise.all(institutions.map(async (one) => [one, await read(one)] as const)))
    },
  }
}
