import { startCatchUp } from '../kernel/catch-up.ts'
import type { Deps } from '../kernel/deps.ts'
import { AppError } from '../kernel/errors.ts'
import { inTx } from '../kernel/tx.ts'
import { FOREIGN_CHANGED } from './import-list.ts'
import { createForeignTrust, type ForeignLists } from './lists/create-trust.ts'
import { readDccCertificates, readHeads, readShcIssuers, type StoredHead } from './store.ts'
import type { DccTrust, ForeignTrust, ShcTrust } from './trust.ts'
import type { ForeignFormat } from './types.ts'

/** The trust lists in memory, following the database. */
export interface ForeignTrustState extends ForeignTrust {
  /** The lists in force, as JSON: for a bundle that is verified offline. */
  lists(): ForeignLists
  heads(): readonly StoredHead[]
  /** Milliseconds since the lists were last read; what is trusted cannot be older than that. */
  ageMs(): number
  refresh(): Promise<void>
  close(): Promise<void>
}

const EVERY_MS = 500

export async function openForeignTrust(deps: Pick<Deps, 'db' | 'log' | 'changes'>): Promise<ForeignTrustState> {
  let heads: readonly StoredHead[] = []
  let seen = ''
  let lists: ForeignLists = {}
  let trust: { shc: ShcTrust | undefined; dcc: DccTrust | undefined } = { shc: undefined, dcc: undefined }

  /** A list that this program cannot read is as good as none: nothing is accepted on it, and everything else goes on. */
  const trustOf = (format: ForeignFormat, list: ForeignLists): ForeignTrust => {
    try {
      return createForeignTrust(list)
    } catch (error) {
      if (!(error instanceof AppError)) throw error
      deps.log.error({ area: 'foreign', format, err: error }, 'a stored trust list cannot be used; import it again')
      return { shc: undefined, dcc: undefined }
    }
  }

  const read = async (): Promise<void> => {
    if (markOf(await readHeads(deps.db)) === seen) return
    // One snapshot for heads and rows: a list is never seen half replaced.
    const stored = await inTx(
      deps.db,
      async (tx) => ({
        heads: await readHeads(tx),
        issuers: await readShcIssuers(tx),
        certificates: await readDccCertificates(tx),
      }),
      { isolation: 'repeatable read' },
    )
    const shc = listOf(stored.heads, 'shc', { issuers: stored.issuers })
    const dcc = listOf(stored.heads, 'dcc', { certificates: stored.certificates })
    lists = { ...shc, ...dcc }
    trust = { shc: trustOf('shc', shc).shc, dcc: trustOf('dcc', dcc).dcc }
    heads = stored.heads
    seen = markOf(stored.heads)
  }

  const catchUp = await startCatchUp({
    everyMs: EVERY_MS,
    read,
    onError: (error) => deps.log.error({ err: error }, 'foreign trust lists could not be read'),
    news: { feed: deps.changes, area: FOREIGN_CHANGED },
  })
  return {
    get shc() {
      return trust.shc
    },
    get dcc() {
      return trust.dcc
    },
    lists: () => lists,
    heads: () => heads,
    ageMs: catchUp.ageMs,
    refresh: catchUp.refresh,
    close: catchUp.close,
  }
}

/** Changes with every import: a list is only replaced by one of a higher version. */
const markOf = (heads: readonly StoredHead[]): string =>
  heads.map(({ format, version }) => `${format} ${version}`).join(', ')

function listOf(heads: readonly StoredHead[], format: ForeignFormat, content: object): ForeignLists {
  const head = heads.find((one) => one.format === format)
  if (head === undefined) return {}
  const { version, source, issuedAtMs, validUntilMs } = head
  const issuedAt = new Date(issuedAtMs).toISOString()
  const validUntil = new Date(validUntilMs).toISOString()
  return { [format]: { format, version, source, issuedAt, validUntil, ...content } }
}
