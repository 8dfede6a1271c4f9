import type { Deps } from '../kernel/deps.ts'
import { importTrustList } from './import-list.ts'
import { readHeads } from './store.ts'
import type { ForeignFormat } from './types.ts'

export const isForeignFormat = (text: string | undefined): text is ForeignFormat => text === 'shc' || text === 'dcc'

/** Takes over a trust list. */
export async function runForeignImport(
  deps: Pick<Deps, 'db' | 'clock'>,
  order: { readonly format: ForeignFormat; readonly text: string },
  write: (line: string) => void,
): Promise<void> {
  const head = await importTrustList(deps, order)
  write(`${order.format} version ${head.version} from ${head.source} is in force until ${iso(head.validUntilMs)}`)
}

/** One line for each list in force. */
export async function runForeignList(deps: Pick<Deps, 'db'>, write: (line: string) => void): Promise<void> {
  const heads = await readHeads(deps.db)
  if (heads.length === 0) write('no trust list was imported: no certificate of another system is accepted')
  for (const { format, version, source, issuedAtMs, validUntilMs } of heads) {
    write(`${format} version ${version} from ${source}, issued ${iso(issuedAtMs)}, good until ${iso(validUntilMs)}`)
  }
}

const iso = (ms: number): string => new Date(ms).toISOString()
