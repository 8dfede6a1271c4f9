// The import rules of ARCHITECTURE.md. Checked on src/ and, to prove that each rule can fail, on the planted
// violations in test/fixtures/boundaries, one at least for each rule (scripts/checks/boundaries.mjs).

/** A slice imports only from lower tiers; what must go up is an outbox event. */
const tiers = [
  ['audit', 'codes', 'fhir', 'statuslist'],
  ['identity', 'institutions', 'people', 'issuers', 'mappings', 'catalogue'],
  ['healthcodes', 'benefits', 'ledger', 'foreign', 'consent', 'labs'],
  ['cards', 'records', 'supervision'],
  ['recognition', 'appointments', 'referrals', 'settlement', 'trust', 'routing'],
  ['reconciliation', 'clearing', 'surveillance', 'experts'],
  ['nhsa', 'console', 'sandbox'],
  ['demo'],
]
const folder = (names) => `^src/(?:${names.join('|')})/`
const anySlice = folder(tiers.flat())
/** The entry: main.ts, app.ts, worker.ts and their like, and the commands that main.ts runs. */
const entry = '^src/(?:[^/]+\\.ts$|commands/)'

const tierRules = tiers.flatMap((slices, index) => {
  const forbidden = tiers.slice(index).flat()
  // A slice alone at the top has nothing above or beside it: its rule could never fail.
  if (forbidden.length === 1) return []
  return {
    name: `tier-${index + 1}-imports-lower-tiers-only`,
    severity: 'error',
    from: { path: `^src/(${slices.join('|')})/` },
    to: { path: folder(forbidden), pathNot: '^src/$1/' },
  }
})

module.exports = {
  forbidden: [
    {
      name: 'kernel-is-a-leaf',
      severity: 'error',
      from: { path: '^src/kernel/' },
      to: { path: '^src/', pathNot: '^src/kernel/' },
    },
    {
      name: 'kernel-knows-no-fastify',
      severity: 'error',
      from: { path: '^src/kernel/' },
      to: { path: '(?:^|/)node_modules/(?:@fastify/|fastify)' },
    },
    {
      name: 'http-knows-no-slice',
      severity: 'error',
      from: { path: '^src/http/' },
      to: { path: '^src/', pathNot: '^src/(?:kernel|http)/' },
    },
    {
      name: 'slice-through-its-index',
      severity: 'error',
      from: { path: '^src/([^/]+)/', pathNot: entry },
      to: { path: anySlice, pathNot: ['^src/$1/', '^src/[^/]+/index\\.ts$'] },
    },
    {
      name: 'entry-through-the-public-files',
      comment: 'The entry lists the slices; it does not reach inside.',
      severity: 'error',
      from: { path: entry },
      to: { path: anySlice, pathNot: '^src/[^/]+/(?:index|routes|jobs|main)\\.ts$' },
    },
    {
      name: 'nothing-imports-the-entry',
      severity: 'error',
      from: { path: '^src/[^/]+/', pathNot: ['^src/(?:demo|sandbox)/', entry] },
      to: { path: entry },
    },
    {
      name: 'slice-has-a-tier',
      comment: 'A new folder must be given its tier above, or no rule would hold for it.',
      severity: 'error',
      from: {},
      to: { path: '^src/[^/]+/', pathNot: ['^src/(?:kernel|http|commands)/', anySlice] },
    },
    {
      name: 'rules-are-pure',
      comment: 'Rules can be replayed from a stored trace: no database, no system, no web.',
      severity: 'error',
      from: { path: '^src/.+/rules\\.ts$' },
      to: {
        path: [
          '(?:^|/)(?:store|[^/]+-store)\\.ts$',
          '^src/kernel/(?:db|tx|queue|outbox|config)\\.ts$',
          '^src/http/',
          'node_modules/(?:kysely|pg|ioredis|bullmq|undici|fastify|@fastify)(?:/|$)',
          '^(?:node:)?(?:fs|net|http|https|child_process|os|worker_threads)(?:/|$)',
        ],
      },
    },
    { name: 'no-cycles', severity: 'error', from: {}, to: { circular: true } },
    {
      name: 'source-knows-no-tests',
      severity: 'error',
      from: { path: '^src/' },
      to: { path: '^(?:test|bench|scripts)/' },
    },
    {
      name: 'production-needs-no-dev-dependency',
      comment: 'The image is installed without them. Types vanish before run time; the demo runs in a checkout.',
      severity: 'error',
      from: { path: '^src/', pathNot: '^src/demo/' },
      to: { dependencyTypes: ['npm-dev'], dependencyTypesNot: ['type-only'] },
    },
    { name: 'imports-resolve', severity: 'error', from: {}, to: { couldNotResolve: true } },
    ...tierRules,
  ],
  options: {
    doNotFollow: { path: 'node_modules' },
    // Without this, type-only imports would not be seen.
    tsPreCompilationDeps: true,
    tsConfig: { fileName: 'tsconfig.json' },
    enhancedResolveOptions: { exportsFields: ['exports'], conditionNames: ['import', 'node', 'default', 'types'] },
  },
}
