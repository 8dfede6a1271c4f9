import type { Role } from '../http/access.ts'
import type { PublicJwk } from './public-jwks.ts'

export type ClientStatus = 'active' | 'suspended'

/** A system that may call the API. */
export interface Client {
  readonly clientId: string
  readonly role: Role
  readonly institution: string | null
  readonly city: string | null
  readonly scopes: readonly string[]
  readonly keys: readonly PublicJwk[]
  readonly status: ClientStatus
}

const CLIENT_ID = /^[a-z0-9][a-z0-9._-]{2,63}$/

export const isClientId = (text: string): boolean => CLIENT_ID.test(text)
