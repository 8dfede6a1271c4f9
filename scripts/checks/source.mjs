// What the checks of our own read: every source file as a syntax tree, so that comments and names do not mislead them.
import { readFileSync } from 'node:fs'
import { glob } from 'node:fs/promises'
import { join } from 'node:path'
import ts from 'typescript'

/** The checkout; a check's own test names another folder, with planted faults. */
export const ROOT = process.argv[2] ?? join(import.meta.dirname, '..', '..')

/** Calls `visit(node, where)` for each node of each file below `folder`; `where` is a function giving `file:line`. */
export async function walkSource(folder, visit) {
  let files = 0
  for await (const file of glob(`${folder}/**/*.ts`, { cwd: ROOT })) {
    if (file.endsWith('.generated.ts')) continue
    files++
    const tree = ts.createSourceFile(file, readFileSync(join(ROOT, file), 'utf8'), ts.ScriptTarget.Latest, true)
    const where = (node) => `${file}:${tree.getLineAndCharacterOfPosition(node.getStart()).line + 1}`
    const step = (node) => {
      visit(node, { file, where: () => where(node) })
      ts.forEachChild(node, step)
    }
    step(tree)
  }
  // A check that looked at nothing must not pass.
  if (files === 0) throw new Error(`no source files were seen in ${join(ROOT, folder)}`)
  return files
}
