import type { Deps } from '../kernel/deps.ts'
import { type MappingMemory, openMappingMemory } from './mapping-memory.ts'
import { openRegister, type Register } from './open-register.ts'

/** What a process keeps in memory for judging results. */
export interface Recognition {
  readonly register: Register
  readonly mappings: MappingMemory
  refresh(): Promise<void>
  close(): Promise<void>
}

export async function openRecognition(deps: Pick<Deps, 'db' | 'log' | 'changes'>): Promise<Recognition> {
  const register = await openRegister(deps)
  return {
    register,
    mappings: openMappingMemory(deps),
    refresh: register.refresh,
    close: register.close,
  }
}
