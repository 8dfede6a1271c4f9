import { type IdentityKeys, openTokenKeys } from './identity/index.ts'
import { type InstitutionTable, openInstitutionTable } from './institutions/index.ts'
import type { Deps } from './kernel/deps.ts'

/**
 * What an API process holds in memory, so that a request need not ask the database for it. Each part keeps itself
 * fresh and knows its age.
 */
export interface Live {
  readonly tokenKeys: IdentityKeys
  readonly institutions: InstitutionTable
  close(): Promise<void>
}

export async function openLive(deps: Deps): Promise<Live> {
  const opened: { close(): Promise<void> | void }[] = []
  const keep = <T extends { close(): Promise<void> | void }>(part: T): T => {
    opened.push(part)
    return part
  }
  const close = async (): Promise<void> => {
    for (const part of opened.splice(0).reverse()) await part.close()
  }
  try {
    return {
      tokenKeys: keep(await openTokenKeys(deps)),
      institutions: keep(await openInstitutionTable(deps)),
      close,
    }
  } catch (error) {
    await close()
    throw error
  }
}
