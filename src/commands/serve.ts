import type { AddressInfo } from 'node:net'
import { buildApp } from '../app.ts'
import { type Config, localAddress, readConfig } from '../kernel/config.ts'
import { openMllp } from '../labs/index.ts'
import { type Live, openLive } from '../live.ts'
import { openRuntime, type Runtime } from '../runtime.ts'
import { printWelcome, type Sandbox, seedSandbox, startSandboxHospitals } from '../sandbox/index.ts'
import { routes } from '../subscriptions.ts'
import { startWorkers } from '../worker.ts'
import { CommandError } from './command.ts'
import { ensureKeyring, ensureSchema, joinDatabase, openDatabase } from './database.ts'
import { onStopSignal } from './stop.ts'

type Part = 'api' | 'worker'

export interface ServeOptions {
  readonly parts: readonly Part[]
  readonly sandbox: boolean
}

export function parseServeArgs(parts: readonly Part[], args: readonly string[]): ServeOptions {
  const unknown = args.filter((arg) => arg !== '--sandbox')
  if (unknown.length > 0) throw new CommandError(`Unknown option ${unknown[0]}; the only one is --sandbox.`)
  return { parts, sandbox: args.includes('--sandbox') }
}

/** Runs the API, the worker or both in this process until SIGTERM or SIGINT. */
export async function serve(options: ServeOptions): Promise<void> {
  const config = readConfig(process.env)
  // What was opened last is closed first, also when a later step of the start fails.
  const stops: (() => Promise<void>)[] = []
  const stopAll = async (): Promise<void> => {
    for (const stop of stops.splice(0).reverse()) await stop()
  }
  try {
    const api = options.parts.includes('api')
    const database = await (api ? openDatabase(config) : joinDatabase(config))
    stops.push(database.stop)
    await ensureSchema(config, database.url)

    const runtime = openRuntime({ config, databaseUrl: database.url, name: options.parts.join('+'), routes })
    stops.push(() => runtime.close())
    await ensureKeyring(runtime.deps)
    const sandbox = options.sandbox ? await openSandbox(runtime, stops) : undefined
    const live = await openLive(runtime.deps)
    stops.push(() => live.close())
    if (options.parts.includes('worker')) {
      const workers = await startWorkers(runtime.deps, live, runtime.queues)
      stops.push(() => workers.close())
    }
    const address = api ? await listen(config, runtime, live, stops) : undefined
    onStopSignal(config.drainMs, runtime.deps.log, stopAll)
    if (sandbox !== undefined && address !== undefined) printWelcome(runtime.deps, sandbox, address, database.where)
    else
      process.stderr.write(
        `Yimatong ${options.parts.join(' + ')} runs${address ? ` at ${address}` : ''}, on ${database.where}.\n`,
      )
    // A parent that started this process waits for this line.
    process.stdout.write(`${JSON.stringify({ ready: true, address: address ?? null })}\n`)
  } catch (error) {
    await stopAll()
    throw error
  }
}

async function listen(config: Config, runtime: Runtime, live: Live, stops: (() => Promise<void>)[]): Promise<string> {
  const app = await buildApp(runtime.deps, live, { redis: runtime.redis })
  stops.push(() => app.close())
  try {
    // A process that was not told to share must find a taken port taken.
    await app.listen({ host: config.host, port: config.port, ...(config.reusePort ? SHARED_PORT : {}) })
  } catch (error) {
    throw listenFault(config.host, config.port, 'YMT_PORT', error)
  }
  if (config.mllpPort !== undefined) await listenForLabs(config, config.mllpPort, runtime, stops)
  const { port } = app.server.address() as AddressInfo
  return localAddress(config.host, port)
}

async function listenForLabs(
  config: Config,
  port: number,
  runtime: Runtime,
  stops: (() => Promise<void>)[],
): Promise<void> {
  try {
    const mllp = await openMllp(runtime.deps, { host: config.host, port })
    stops.push(() => mllp.close())
    runtime.deps.log.info({ area: 'labs', verb: 'mllp', port: mllp.port }, 'listening for HL7 v2 over MLLP')
  } catch (error) {
    throw listenFault(config.host, port, 'YMT_MLLP_PORT', error)
  }
}

/** Node passes it to the socket; the framework's types do not know it. */
const SHARED_PORT = { reusePort: true }

function listenFault(host: string, port: number, variable: string, error: unknown): unknown {
  switch (error instanceof Error && 'code' in error ? error.code : undefined) {
    case 'EADDRINUSE':
      return new CommandError(`Another process listens on port ${port} of ${host}. Set ${variable} to a free one.`)
    case 'EACCES':
      return new CommandError(`This user may not listen on port ${port}. Set ${variable} to one from 1024 up.`)
    case 'EADDRNOTAVAIL':
    case 'ENOTFOUND':
      return new CommandError(`This machine has no address ${host} to listen on. Set YMT_HOST to one that it has.`)
    default:
      return error
  }
}

async function openSandbox(runtime: Runtime, stops: (() => Promise<void>)[]): Promise<Sandbox> {
  const sandbox = await seedSandbox(runtime.deps)
  const hospitals = await startSandboxHospitals(runtime.deps, sandbox)
  stops.push(async () => void (await Promise.all(hospitals.map((hospital) => hospital.process.stop()))))
  return sandbox
}
