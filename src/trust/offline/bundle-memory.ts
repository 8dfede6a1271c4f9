import { type CardMemory, NO_CARD } from '../../cards/index.ts'
import { recognitionAt } from '../../institutions/index.ts'
import { statusAt } from '../../statuslist/index.ts'
import type { TrustBundle } from './read-bundle.ts'

/**
 * The memory of a verification, from a bundle instead of the database: the same function decides. Everything in it is as
 * old as the bundle at the time of the verification.
 */
export function bundleMemory(bundle: TrustBundle, nowMs: number): CardMemory {
  const { manifest } = bundle
  const ageMs = (): number => Math.max(0, nowMs - manifest.asOf * 1000)
  const limits = {
    from: manifest.policyFrom,
    warnAfterS: manifest.warnAfterS,
    refuseAfterS: manifest.exp - manifest.asOf,
  }
  return {
    keys: { issuer: (iss) => bundle.issuers.get(iss), ageMs },
    lists(city) {
      const list = bundle.lists.get(city)
      // Nor has a card any place beyond the list.
      return list && { status: (index) => statusAt(list, index) ?? NO_CARD, holder: () => undefined }
    },
    statusAgeMs: ageMs,
    institutions: {
      recognitionAt: (code, insuredCity, date) => recognitionAt(bundle.institutions.get(code), insuredCity, date),
      ageMs,
    },
    // Levels are of persons, and a bundle knows none.
    healthCodes: { levelOf: () => ({ state: 'none' }), ageMs },
    // Each code is verified once in a run, and where it was used before only the hub knows.
    verified: { get: () => undefined, put: () => undefined },
    usedCodes: { has: () => false },
    limitsOn: () => limits,
    knowsHolders: false,
  }
}
