import { createServer } from 'node:net'
import { join } from 'node:path'
import type { Deps } from '../kernel/deps.ts'
import { seedHospitals } from '../records/index.ts'
import { generateCareRecords } from './care-records.ts'
import { SANDBOX_SEED, type SandboxFacts } from './facts.ts'
import { sandboxFile, writePrivateJson } from './files.ts'
import { generateLabRecords } from './lab-records.ts'
import { type Spawned, spawnProcess } from './spawn-process.ts'

/** A test hospital that runs: another system, in a process of its own. */
export interface SandboxHospital {
  readonly code: string
  /** FHIR base address. */
  readonly baseUrl: string
  readonly process: Spawned
}

/** The first people are known at every hospital; the others at one hospital or two, as it happens in life. */
const KNOWN_EVERYWHERE = 20

/**
 * Writes the synthetic records of the four hospitals, registers their addresses at the hub and starts them. Their
 * ports are free ones, so the registration is repeated at every start.
 */
export async function startSandboxHospitals(
  deps: Deps,
  facts: SandboxFacts,
  options: {
    /** Opens the hospitals' door for faults. */
    readonly admin?: boolean
    /** Everything a hospital writes on stderr, the addresses of all requests among it. */
    readonly onLog?: (code: string, text: string) => void
  } = {},
): Promise<readonly SandboxHospital[]> {
  const ports = await freePorts(facts.hospitals.length)
  const registered = await seedHospitals(
    deps,
    facts.hospitals.map((hospital, index) => ({
      institution: hospital.code,
      baseUrl: `http://127.0.0.1:${ports[index]}/fhir`,
      auth: { kind: 'backend-services' as const, clientId: HUB_CLIENT },
      enabled: true,
    })),
  )
  return await Promise.all(
    facts.hospitals.map(async ({ code, name }, index) => {
      const { auth, baseUrl } = registered.find((one) => one.institution === code) as (typeof registered)[number]
      if (auth.kind !== 'backend-services') throw new Error(`${code} is registered without a key`)
      const data = sandboxFile(deps.config.dataDir, 'hospitals', `${code}.json`)
      const jwks = sandboxFile(deps.config.dataDir, 'hospitals', `${code}.jwks.json`)
      const patients = facts.people.filter((_, n) => n < KNOWN_EVERYWHERE || n % 4 === index || n % 7 === index)
      const known = patients.map((person) => ({ id: `p-${facts.people.indexOf(person)}`, ...person }))
      const now = deps.clock.now()
      writePrivateJson(data, [
        ...generateLabRecords(SANDBOX_SEED, known, { code, name }, now),
        ...generateCareRecords(SANDBOX_SEED, known, { code, name }, now),
      ])
      writePrivateJson(jwks, { keys: [auth.publicJwk] })
      const process = await spawnProcess({
        script: join(import.meta.dirname, 'hospital', 'main.ts'),
        args: ['--code', code, '--name', name, '--port', String(ports[index]), '--data', data].concat(
          ['--client-jwks', `${HUB_CLIENT}=${jwks}`],
          options.admin === true ? ['--admin'] : [],
          options.onLog === undefined ? [] : ['--log-requests'],
        ),
        readyMember: 'listening',
        onLog: (text) => options.onLog?.(code, text),
      })
      return { code, baseUrl, process }
    }),
  )
}

/** The hub's client id at the test hospitals. */
const HUB_CLIENT = 'yimatong'

/** Ports that were free a moment ago, all different. */
export async function freePorts(count: number): Promise<readonly number[]> {
  const servers = await Promise.all(
    Array.from(
      { length: count },
      () =>
        new Promise<ReturnType<typeof createServer>>((resolve, reject) => {
          const server = createServer()
          server.once('error', reject)
          server.listen(0, '127.0.0.1', () => resolve(server))
        }),
    ),
  )
  const ports = servers.map((server) => (server.address() as { port: number }).port)
  await Promise.all(servers.map((server) => new Promise((resolve) => server.close(resolve))))
  return ports
}
