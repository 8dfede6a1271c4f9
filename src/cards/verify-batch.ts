import { setImmediate as nextTurn } from 'node:timers/promises'
import { type Asker, countsOnce, type ShownCode, type VerifyDeps, verifyShownCode } from './verify-shown-code.ts'

/** Half a millisecond of signatures; then whoever shows one card at a counter comes in between. */
const AT_A_TIME = 8

/** A foreign certificate can cost as much as twenty codes of ours: then fewer make a turn. */
const TURN_MS = 1

/**
 * Verifies a list of codes as if each came alone; gives the JSON text of the answer, in their order. Codes that count once
 * are used one after the other, so that of two same ones in the list the first is the use.
 */
export async function verifyBatch(deps: VerifyDeps, items: readonly ShownCode[], asker: Asker): Promise<string> {
  const texts: (string | Promise<string>)[] = []
  let turnBegan = performance.now()
  for (const [at, item] of items.entries()) {
    const text = verifyShownCode(deps, item, asker)
    // A rejection is heard below, where each is awaited; until then it must not count as unheard.
    if (text instanceof Promise) text.catch(() => undefined)
    texts.push(countsOnce(item) ? await text : text)
    if (at % AT_A_TIME === AT_A_TIME - 1 || performance.now() - turnBegan > TURN_MS) {
      await nextTurn()
      turnBegan = performance.now()
    }
  }
  const answers: string[] = []
  for (const text of texts) answers.push(typeof text === 'string' ? text : await text)
  return `{"items":[${answers.join(',')}]}`
}
