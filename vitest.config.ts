import { defineConfig, type TestProjectInlineConfiguration } from 'vitest/config'

const withServices = {
  include: ['test/**/*.db.test.ts'],
  globalSetup: ['test/support/global-setup.ts'],
  // A process per file: connections, timers and signal handlers of one file cannot reach another.
  pool: 'forks',
  testTimeout: 30_000,
  hookTimeout: 60_000,
} satisfies TestProjectInlineConfiguration['test']

export default defineConfig({
  test: {
    maxWorkers: 2,
    projects: [
      { test: { name: 'unit', include: ['test/**/*.unit.test.ts'], testTimeout: 20_000 } },
      { test: { name: 'db', env: { YMT_TEST_QUEUE: 'postgres' }, ...withServices } },
      {
        test: {
          name: 'db-redis',
          env: { YMT_TEST_QUEUE: 'redis' },
          ...withServices,
          // These start servers of their own, or know neither queue nor Redis: once is enough.
          exclude: [
            'test/kernel/embedded-postgres.db.test.ts',
            'test/kernel/migrate.db.test.ts',
            'test/{attack,audit,benefits,cards,commands,consent,fhir,foreign,healthcodes}/**',
            'test/{identity,institutions,issuers,ledger,mappings,people,records,trust}/**',
          ],
        },
      },
    ],
    coverage: {
      provider: 'v8',
      include: ['src/**/*.ts'],
      exclude: [
        'src/**/*.generated.ts',
        // Entry points: tests and the demo run them as processes of their own, where coverage does not see them.
        'src/**/main.ts',
        'src/commands/**',
        'src/demo/**',
      ],
      reporter: ['text-summary', 'json-summary', 'html'],
      reportsDirectory: 'coverage',
      thresholds: {
        lines: 90,
        statements: 90,
        functions: 90,
        branches: 90,
        // Where money is computed every line and every branch is proved.
        'src/kernel/money.ts': { 100: true },
        'src/**/rules.ts': { 100: true },
      },
    },
  },
})
