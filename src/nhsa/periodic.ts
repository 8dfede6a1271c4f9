import { needsReencryption, reencryptField } from '../kernel/crypto/index.ts'
import type { Deps } from '../kernel/deps.ts'
import type { Periodic } from '../kernel/periodic.ts'
import { purgeAnswers } from './message-store.ts'
import { secretPlace } from './open-nhsa.ts'
import { deleteSignIns } from './sign-in-store.ts'
import { listAccessKeys, readAnswerDays, updateSecret } from './store.ts'

const MINUTE_MS = 60_000
const DAY_MS = 86_400_000

/** Rows of one statement, so that no lock is held for long. */
const BATCH = 5_000

/** Answers hold names and go after the days of the profiles, the longest of them; a sign-in counts for hours at most. */
export function nhsaPeriodics(deps: Pick<Deps, 'db' | 'clock' | 'keyring'>): Periodic[] {
  return [
    {
      name: 'nhsa.purge-answers',
      everyMs: MINUTE_MS,
      run: async () => {
        const days = await readAnswerDays(deps.db)
        const before = new Date(deps.clock.now().getTime() - days * DAY_MS)
        while ((await purgeAnswers(deps.db, before, BATCH)) === BigInt(BATCH));
      },
    },
    {
      // Stored answers need not be: they are gone sooner than a key of the ring is.
      name: 'nhsa.reencrypt-secrets',
      everyMs: 10 * MINUTE_MS,
      run: async () => {
        for (const { accessKey, secretEncrypted } of await listAccessKeys(deps.db)) {
          if (!needsReencryption(deps.keyring, secretEncrypted)) continue
          const sealed = reencryptField(deps.keyring, secretEncrypted, secretPlace(accessKey))
          await updateSecret(deps.db, accessKey, secretEncrypted, sealed)
        }
      },
    },
    {
      name: 'nhsa.purge-sign-ins',
      everyMs: 60 * MINUTE_MS,
      run: async () => {
        await deleteSignIns(deps.db, new Date(deps.clock.now().getTime() - 30 * DAY_MS))
      },
    },
  ]
}
