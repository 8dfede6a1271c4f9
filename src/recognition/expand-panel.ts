import type { Catalogue } from './register.ts'

/** A panel stands for its members, since recognition is per member; an item stands for itself. */
export function expandPanel(catalogue: Catalogue, code: string, day: string): readonly string[] {
  return catalogue.panelOn(code, day)?.members ?? [code]
}
