// Time comes from an injected clock: nothing but src/kernel/time.ts asks the system for it, so that a test, a replay
// or a back-test decides what "now" is. (performance.now() measures durations and is free.)
import ts from 'typescript'
import { walkSource } from './source.mjs'

const found = []
const files = await walkSource('src', (node, { file, where }) => {
  if (file === 'src/kernel/time.ts') return
  const asks =
    (ts.isNewExpression(node) && node.expression.getText() === 'Date' && (node.arguments?.length ?? 0) === 0) ||
    (ts.isCallExpression(node) && /^(?:Date|Date\.now|Temporal\.Now\.\w+)$/.test(node.expression.getText()))
  if (asks) found.push(`${where()} ${node.getText()}`)
})

for (const line of found) console.log(`asks the system for the time: ${line}`)
console.log(`${files} files`)
process.exitCode = found.length === 0 ? 0 : 1
