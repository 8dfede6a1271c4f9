import { variables } from '../kernel/config.ts'
import { runAuditCommand } from './audit.ts'
import { runClients, runKeys } from './clients.ts'
import type { Command } from './command.ts'
import { runConformanceCommand } from './conformance.ts'
import { runKeyring } from './keyring.ts'
import { runMigrate } from './migrate.ts'
import { runOpenApi } from './openapi.ts'
import { runSeed } from './seed.ts'
import { parseServeArgs, serve } from './serve.ts'
import { runSettlement } from './settlement.ts'
import { runToken } from './token.ts'
import { runVerifyCommand } from './verify.ts'

/** The one list of commands; the help is made from it. */
export const commands: readonly Command[] = [
  {
    name: 'all',
    usage: '[--sandbox]',
    summary: 'API and worker in one process; --sandbox adds synthetic data and test hospitals',
    run: (args) => serve(parseServeArgs(['api', 'worker'], args)),
  },
  { name: 'api', usage: '[--sandbox]', summary: 'the HTTP API', run: (args) => serve(parseServeArgs(['api'], args)) },
  { name: 'worker', usage: '', summary: 'jobs and upkeep', run: (args) => serve(parseServeArgs(['worker'], args)) },
  { name: 'migrate', usage: '', summary: 'bring the database schema up to date', run: runMigrate },
  { name: 'seed', usage: '', summary: 'load the sandbox data (synthetic, from a fixed seed)', run: runSeed },
  { name: 'token', usage: 'CLIENT', summary: 'print an access token for a sandbox client', run: runToken },
  {
    name: 'audit',
    usage: 'verify [FILE] | export | person ID',
    summary: 'prove the audit chain, in the database or in an export; write it out; list who saw what of a person',
    run: runAuditCommand,
  },
  {
    name: 'clients',
    usage: 'list | register ID … | keys ID … | suspend ID | resume ID',
    summary: 'client systems that may call the API; `clients` alone says more',
    run: runClients,
  },
  {
    name: 'settlement',
    usage: 'stuck | retry CLAIM_ID',
    summary: 'claims that failed on every try, and another try for one',
    run: runSettlement,
  },
  { name: 'keys', usage: 'rotate [--compromised]', summary: 'sign access tokens with the next key', run: runKeys },
  {
    name: 'keyring',
    usage: '[--sm4]',
    summary: 'print a new keyring for YMT_KEYRING_FILE (AES-256-GCM, or SM4-GCM)',
    run: runKeyring,
  },
  {
    name: 'conformance',
    usage: 'shc|dcc|status-list [DIR]',
    summary: 'run published test vectors and say how many gave what they must',
    run: runConformanceCommand,
  },
  {
    name: 'verify',
    usage: '--bundle FILE [OPTIONS] CODE…',
    summary: 'verify cards and codes without database or network; `verify` alone says more',
    run: runVerifyCommand,
  },
  { name: 'openapi', usage: '[--check]', summary: 'write openapi.json, or check that it is current', run: runOpenApi },
]

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
