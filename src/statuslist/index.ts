export {
  refetchAtMs,
  STATUS_LIST_CWT,
  STATUS_LIST_JWT,
  type StatusListClaims,
  statusListPayload,
} from './claims.ts'
export {
  decodeStatusList,
  encodeStatusList,
  type StatusBits,
  type StatusList,
  statusAt,
  statusList,
} from './codec.ts'
export {
  type ReadStatusListOptions,
  readStatusListToken,
  type StatusListAlgorithm,
  type StatusListAnswer,
  type StatusListFault,
} from './read-token.ts'
