import { chooseMapping } from '../mappings/index.ts'
import { expandPanel } from './expand-panel.ts'
import type { MappingsByCode } from './mapping-memory.ts'
import type { Catalogue } from './register.ts'

/** What a physician is about to order: a catalogue item or panel, or a code of the own hospital with its system. */
export interface AskedItem {
  readonly code: string
  readonly system?: string | undefined
}

/** One line of the answer: a panel gives a line for each member. */
export interface OrderLine {
  readonly asked: AskedItem
  /** Catalogue code of the panel that the line is a member of. */
  readonly panel: string | undefined
  /** Catalogue code; undefined: the asked code leads to no item, so nothing can be recognised for it. */
  readonly item: string | undefined
}

/** Leads what was asked to catalogue items, by the own hospital's confirmed mappings where it is a code of its own. */
export function resolveOrder(
  asked: readonly AskedItem[],
  { catalogue, own, today }: { readonly catalogue: Catalogue; readonly own: MappingsByCode; readonly today: string },
): readonly OrderLine[] {
  return asked.flatMap((one): OrderLine[] => {
    const code = one.system === undefined ? one.code : mappedItem(own, one.system, one.code, today)
    if (code === undefined) return [{ asked: one, panel: undefined, item: undefined }]
    const members = expandPanel(catalogue, code, today)
    const panel = catalogue.panelOn(code, today)?.code
    return members.map((item) => ({ asked: one, panel, item: catalogue.knows(item) ? item : undefined }))
  })
}

function mappedItem(own: MappingsByCode, system: string, code: string, today: string): string | undefined {
  const known = own.get(`${system}|${code}`) ?? []
  // An order has no specimen yet: what tells two meanings of one code apart by specimen alone stays ambiguous.
  const anySpecimen = known.map((row) => ({ ...row, specimen: null, method: null, laboratory: null }))
  const of = { laboratory: null, localSystem: system, localCode: code, specimen: null, method: null }
  const choice = chooseMapping(anySpecimen, of, today)
  return choice.kind === 'mapped' ? (choice.mapping.item ?? undefined) : undefined
}
