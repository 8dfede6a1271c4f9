export { recognitionRoutes } from './routes.ts'
export { seedRecognition } from './seed.ts'
