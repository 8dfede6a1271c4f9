export { type HealthCodeMap, healthCodeMap, healthCodeMemory } from './health-code-map.ts'
export { type HealthCodeState, openHealthCodeState } from './state.ts'
export type { HealthLevel, HealthLevelAnswer } from './types.ts'
export { type HealthCodeMemory, type HealthVerdict, verifyHealthCode } from './verify-health-code.ts'
