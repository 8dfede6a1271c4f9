export { CONFORMANCE_FORMATS, runConformance } from './conformance/run.ts'
