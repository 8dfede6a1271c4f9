import { variables } from '../kernel/config.ts'
import type { Command } from './command.ts'

/**
 * The one list of commands; the help is made from it. Each is loaded when it runs: who verifies a code at a counter does
 * not wait for the modules of the server.
 */
export const commands: readonly Command[] = [
  {
    name: 'all',
    usage: '[--sandbox]',
    summary: 'API and worker in one process; --sandbox adds synthetic data and test hospitals',
    run: (args) => runParts(['api', 'worker'], args),
  },
  { name: 'api', usage: '[--sandbox]', summary: 'the HTTP API', run: (args) => runParts(['api'], args) },
  { name: 'worker', usage: '', summary: 'jobs and upkeep', run: (args) => runParts(['worker'], args) },
  {
    name: 'migrate',
    usage: '',
    summary: 'bring the database schema up to date',
    run: async () => await (await import('./migrate.ts')).runMigrate(),
  },
  {
    name: 'seed',
    usage: '',
    summary: 'load the sandbox data (synthetic, from a fixed seed)',
    run: async () => await (await import('./seed.ts')).runSeed(),
  },
  {
    name: 'token',
    usage: 'CLIENT',
    summary: 'print an access token for a sandbox client',
    run: async (args) => await (await import('./token.ts')).runToken(args),
  },
  {
    name: 'audit',
    usage: 'verify [FILE] | export | person ID',
    summary: 'prove the audit chain, in the database or in an export; write it out; list who saw what of a person',
    run: async (args) => await (await import('./audit.ts')).runAuditCommand(args),
  },
  {
    name: 'clients',
    usage: 'list | register ID … | keys ID … | scopes ID … | suspend ID | resume ID',
    summary: 'client systems that may call the API; `clients` alone says more',
    run: async (args) => await (await import('./clients.ts')).runClients(args),
  },
  {
    name: 'nhsa',
    usage: 'key issue INSTITUTION | key list [INSTITUTION] | key revoke ACCESS_KEY',
    summary: 'access keys with which institutions sign calls of the national interface',
    run: async (args) => await (await import('./nhsa.ts')).runNhsa(args),
  },
  {
    name: 'settlement',
    usage: 'stuck | retry CLAIM_ID',
    summary: 'claims that failed on every try, and another try for one',
    run: async (args) => await (await import('./settlement.ts')).runSettlement(args),
  },
  {
    name: 'ledger',
    usage: 'verify | seal | balance ACCOUNT [TIME] [--written] | close ACCOUNT | reopen ACCOUNT',
    summary: 'prove the books from their journals; the balance of an account as of any time; close an empty account',
    run: async (args) => await (await import('./ledger.ts')).runLedger(args),
  },
  {
    name: 'keys',
    usage: 'rotate [--compromised] | compromised --issuer CITY --kid KID [--yes]',
    summary:
      'sign access tokens with the next key; say what a compromised key of an issuer takes with it, and revoke it',
    run: async (args) => {
      if (args[0] === 'compromised') await (await import('./issuers.ts')).runCompromised(args.slice(1))
      else await (await import('./clients.ts')).runKeys(args)
    },
  },
  {
    name: 'issuers',
    usage: '[setup]',
    summary:
      'keys of the issuing cities: what each signs, from when until when, and on how many cards; setup makes what is missing',
    run: async (args) => await (await import('./issuers.ts')).runIssuers(args),
  },
  {
    name: 'keyring',
    usage: '[--sm4]',
    summary: 'print a new keyring for YMT_KEYRING_FILE (AES-256-GCM, or SM4-GCM)',
    run: async (args) => await (await import('./keyring.ts')).runKeyring(args),
  },
  {
    name: 'foreign',
    usage: 'list | import shc|dcc FILE',
    summary: 'trust lists of SMART Health Cards and EU certificates; nothing is fetched',
    run: async (args) => await (await import('./foreign.ts')).runForeign(args),
  },
  {
    name: 'catalogue',
    usage: 'import FILE [--apply] | differences [--date DAY] [--json | --csv]',
    summary: 'items and price limits from CSV or JSON, shown before they are written; in what the four cities differ',
    run: async (args) => await (await import('./catalogue.ts')).runCatalogue(args),
  },
  {
    name: 'recognition',
    usage: 'import [KIND] FILE [--dry-run]',
    summary: 'catalogue, marks, quality assessments and prices of mutual recognition, from JSON or CSV',
    run: async (args) => await (await import('./recognition.ts')).runRecognition(args),
  },
  {
    name: 'conformance',
    usage: 'shc|dcc|status-list|fhir [DIR]',
    summary: 'run published test vectors and say how many gave what they must',
    run: async (args) => await (await import('./conformance.ts')).runConformanceCommand(args),
  },
  {
    name: 'verify',
    usage: '--bundle FILE [OPTIONS] CODE…',
    summary: 'verify cards and codes without database or network; `verify` alone says more',
    run: async (args) => await (await import('./verify.ts')).runVerifyCommand(args),
  },
  {
    name: 'faults',
    usage: 'routing [--messages N] [--kills N] [--queue postgres|redis]',
    summary: 'kill processes and break what is around them while messages are sent, and say what arrived',
    run: async (args) => await (await import('./faults.ts')).runFaults(args),
  },
  {
    name: 'policy',
    usage: 'import FILE [--apply] | differences [DATE]',
    summary: 'benefit parameters from JSON or CSV, as a dry run unless applied; what the cities have unlike',
    run: async (args) => await (await import('./policy.ts')).runPolicy(args),
  },
  {
    name: 'golden',
    usage: '[FILE]',
    summary: 'settle the benefit cases of a file and say which did not come out as they must',
    run: async (args) => await (await import('./golden.ts')).runGolden(args),
  },
  {
    name: 'openapi',
    usage: '[--check]',
    summary: 'write openapi.json, or check that it is current',
    run: async (args) => await (await import('./openapi.ts')).runOpenApi(args),
  },
]

async function runParts(parts: readonly ('api' | 'worker')[], args: readonly string[]): Promise<void> {
  const { parseServeArgs, serve } = await import('./serve.ts')
  await serve(parseServeArgs(parts, args))
}

export function printHelp(to: NodeJS.WritableStream): void {
  const width = Math.max(...commands.map((one) => `${one.name} ${one.usage}`.length))
  const rows = commands.map((one) => `  ${`${one.name} ${one.usage}`.padEnd(width)}  ${one.summary}`)
  const names = Math.max(...variables.map((one) => one.name.length))
  const settings = variables.map(
    (one) => `  ${one.name.padEnd(names)}  ${one.meaning}${one.fallback === undefined ? '' : ` [${one.fallback}]`}`,
  )
  to.write(`Yimatong (一码通): hub for cross-city care.

Usage: node src/main.ts COMMAND [OPTIONS]

Commands:
${rows.join('\n')}

Environment (defaults in brackets):
${settings.join('\n')}
`)
}
