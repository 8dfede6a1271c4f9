// A table is named only in its owner's store files: `store.ts` or `*-store.ts` in the folder of the slice that is in
// the name of the migration that creates it (NNNN_slice_what.sql). Kysely's types cannot say this.
import { readdirSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import ts from 'typescript'
import { ROOT, walkSource } from './source.mjs'

const MIGRATIONS = join(ROOT, 'migrations')

const owners = new Map()
for (const file of readdirSync(MIGRATIONS).sort()) {
  const slice = /^\d{4}_([a-z]+)_/.exec(file)?.[1]
  if (slice === undefined) continue
  const text = readFileSync(join(MIGRATIONS, file), 'utf8').replace(/--.*$/gm, '')
  for (const [, table] of text.matchAll(/create\s+(?:unlogged\s+)?table\s+(?:if\s+not\s+exists\s+)?"?(\w+)"?/gi)) {
    owners.set(table, slice)
  }
}

const found = new Set()
const files = await walkSource('src', (node, { file, where }) => {
  for (const table of tablesNamedBy(node)) {
    const slice = owners.get(table)
    const isOwnStore = file.startsWith(`src/${slice}/`) && /(?:^|[/-])store\.ts$/.test(file)
    if (!isOwnStore) found.add(`${where()} names ${table}, which belongs to ${slice}`)
  }
})

for (const line of found) console.log(line)
if (owners.size === 0) console.log('no tables were found in the migrations')
console.log(`${owners.size} tables, ${files} files`)
process.exitCode = found.size === 0 && owners.size > 0 ? 0 : 1

function tablesNamedBy(node) {
  if (isInsideSql(node)) {
    // Raw SQL: every word counts.
    return [...node.text.matchAll(/\b\w+\b/g)].map(([word]) => word).filter((word) => owners.has(word))
  }
  if (ts.isStringLiteral(node) && isHandedToKysely(node)) {
    // Kysely's forms: 'table', 'table as t', 'table.column'.
    const table = /^(?:public\.)?(\w+)(?:\.\w+)?(?: as \w+)?$/.exec(node.text)?.[1]
    return owners.has(table) ? [table] : []
  }
  return []
}

function isInsideSql(node) {
  if (!ts.isTemplateLiteralToken(node)) return false
  const template = ts.isTemplateExpression(node.parent) || ts.isTemplateSpan(node.parent) ? outermost(node) : node
  const tagged = template.parent
  if (ts.isTaggedTemplateExpression(tagged)) return /^sql\b/.test(tagged.tag.getText())
  // Text handed to pg: a statement begins with its verb.
  return /^\s*(?:select|insert|update|delete|with|lock|truncate|copy)\b/i.test(template.getText().slice(1))
}

function outermost(node) {
  let at = node
  while (!ts.isTemplateExpression(at)) at = at.parent
  return at
}

// A word such as 'person' is also a plain word of the domain; as the argument of a query it is a table.
function isHandedToKysely(node) {
  for (let at = node.parent, depth = 0; at !== undefined && depth < 3; at = at.parent, depth++) {
    if (ts.isIndexedAccessTypeNode(at)) return at.objectType.getText() === 'DB'
    if (!ts.isCallExpression(at)) continue
    const method = ts.isPropertyAccessExpression(at.expression) ? at.expression.name.text : at.expression.getText()
    return /^(?:selectFrom|insertInto|updateTable|deleteFrom|mergeInto|from|using|\w*[jJ]oin|with|table|ref)$/.test(
      method,
    )
  }
  return false
}
