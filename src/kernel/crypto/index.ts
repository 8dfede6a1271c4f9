export {
  type AvailableAlgorithms,
  availableAlgorithms,
  type FieldAlgorithm,
  type HashAlgorithm,
  type IndexAlgorithm,
} from './algorithms.ts'
export { type BlindIndex, blindIndex, blindIndexes, type Identifier } from './blind-index.ts'
export { canonicalJson, type JsonValue } from './canonical-json.ts'
export { digestHex, equalInConstantTime } from './digest.ts'
export {
  decryptField,
  decryptFieldBytes,
  encryptField,
  type FieldPlace,
  needsReencryption,
  reencryptField,
} from './field-encryption.ts'
export { type FieldKey, type IndexKey, type Keyring, type KeySet, parseKeyring } from './keyring.ts'
export { deriveSandboxKeyring, SANDBOX_KEY_FILE } from './sandbox-keyring.ts'
export { openForClient, sealForClient } from './sealed-link.ts'
export { runCryptoSelfTest } from './self-test.ts'
