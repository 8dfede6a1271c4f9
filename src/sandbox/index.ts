export { type Sandbox, type SandboxCard, seedSandbox } from './seed.ts'
export { type Spawned, spawnProcess } from './spawn-process.ts'
export { freePorts, type SandboxHospital, startSandboxHospitals } from './start-hospitals.ts'
export { printWelcome } from './welcome.ts'
