import type { IdentifierType } from './types.ts'

/** 人员证件类型 (psn_cert_type) as the person index knows documents: some kinds of the dictionary are one kind here. */
const DOCUMENTS: ReadonlyMap<string, IdentifierType> = new Map([
  ['01', 'resident-id'],
  ['04', 'travel-permit'],
  ['05', 'travel-permit'],
  ['06', 'travel-permit'],
  ['07', 'resident-id'],
  ['08', 'passport'],
  ['16', 'passport'],
  ['17', 'resident-id'],
  ['90', 'social-security-card'],
  ['99', 'other'],
])

/** The kind of identifier that a psn_cert_type names; undefined for kinds that the index does not have. */
export const documentTypeOf = (psnCertType: string): IdentifierType | undefined => DOCUMENTS.get(psnCertType)
