import { COMMAND_LINE } from '../audit/index.ts'
import type { Deps } from '../kernel/deps.ts'
import { inTx } from '../kernel/tx.ts'
import { changeRegister } from './change-register.ts'
import { isKind, readRegister, readRegisterCsv } from './read-register.ts'
import type { RegisterKind } from './register-fields.ts'

export { isKind as isRegisterKind }

/** Takes over a file of register rows, or says what it would change. */
export async function runRegisterImport(
  deps: Pick<Deps, 'db' | 'clock'>,
  order: { readonly text: string; readonly kind: RegisterKind | undefined; readonly dryRun: boolean },
  write: (line: string) => void,
): Promise<void> {
  const read = order.kind === undefined ? readRegister(parseJson(order.text)) : readRegisterCsv(order.kind, order.text)
  const changes = await inTx(deps.db, (tx) =>
    changeRegister(deps, tx, read, { dryRun: order.dryRun, by: COMMAND_LINE }),
  )
  const counts = Map.groupBy(changes, (one) => one.change)
  for (const { kind, key, change } of changes) {
    if (change !== 'same')
      write(`${change === 'new' ? '+' : '-'} ${kind} ${key}${change === 'closed' ? ' gets its last day' : ''}`)
  }
  const count = (change: 'new' | 'closed' | 'same') => counts.get(change)?.length ?? 0
  const done = order.dryRun ? 'would be' : 'are'
  write(`${count('new')} rows ${done} new, ${count('closed')} ${done} closed, ${count('same')} are there already`)
}

/** Text that is no JSON is told as a fault of the rows, like any other. */
function parseJson(text: string): unknown {
  try {
    return JSON.parse(text)
  } catch {
    return undefined
  }
}
