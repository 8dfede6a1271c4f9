import { readFileSync } from 'node:fs'
import { parseArgs } from 'node:util'
import type { JSONWebKeySet } from 'jose'
import { shiftedClock, systemClock } from '../../kernel/time.ts'
import type { RegisteredClient } from './authorize.ts'
import { parseFhirJson } from './json.ts'
import { buildHospital } from './server.ts'
import { isList, isObject, type Json, type Resource } from './types.ts'

const HELP = `A test hospital: a FHIR R4 server with synthetic records in memory.

  node src/sandbox/hospital/main.ts --code H51010400001 (--client-jwks ID=WHERE ... | --open) [options]

  --code CODE            national institution code (needed)
  --name TEXT            name shown in the CapabilityStatement
  --port N               port; 0 (default) takes a free one
  --host ADDRESS         address to listen on; default 127.0.0.1
  --public-url URL       FHIR base address as clients see it
  --data FILE            records: a JSON array of resources, or a Bundle of them; may be repeated
  --client-jwks ID=WHERE a client that may get tokens; WHERE is a JWKS file or an http(s) address; may be repeated
  --scope SCOPE          what such a client may do; default system/*.cruds; may be repeated
  --latency-ms N         every answer takes at least so long
  --open                 ask for no token
  --admin                open POST /admin/fault {"kind":"slow","ms":1500,"on":"search"}
  --log-requests         write method and address of every request on stderr
  --now ISO              start the clock at this instant
  --help                 this text

Prints one line {"listening":"http://127.0.0.1:PORT/fhir"}. SIGTERM or SIGINT stops it.
`

const { values } = parseArgs({
  options: {
    code: { type: 'string' },
    name: { type: 'string' },
    port: { type: 'string', default: '0' },
    host: { type: 'string', default: '127.0.0.1' },
    'public-url': { type: 'string' },
    data: { type: 'string', multiple: true, default: [] },
    'client-jwks': { type: 'string', multiple: true, default: [] },
    scope: { type: 'string', multiple: true },
    'latency-ms': { type: 'string' },
    open: { type: 'boolean', default: false },
    admin: { type: 'boolean', default: false },
    'log-requests': { type: 'boolean', default: false },
    now: { type: 'string' },
    help: { type: 'boolean', default: false },
  },
})

if (values.help) {
  process.stdout.write(HELP)
} else {
  await start()
}

async function start(): Promise<void> {
  const clients = values['client-jwks'].map(readClient)
  const { code } = values
  if (code === undefined) exit('--code is missing')
  // Records must never be open by an omission.
  if (values.open === clients.length > 0) exit('give either --client-jwks or --open')
  if (!/^\d{1,5}$/.test(values.port)) exit('--port is not a port number')
  const latency = values['latency-ms']
  if (latency !== undefined && !/^\d{1,5}$/.test(latency)) exit('--latency-ms is not a number of milliseconds')

  const hospital = buildHospital({
    code,
    name: values.name ?? code,
    clock: values.now === undefined ? systemClock : shiftedClock(values.now),
    resources: values.data.flatMap(readRecords),
    auth: values.open ? 'none' : { clients },
    admin: values.admin,
    ...(latency === undefined ? {} : { latencyMs: Number(latency) }),
    ...(values['public-url'] === undefined ? {} : { publicUrl: values['public-url'] }),
  })
  if (values['log-requests']) {
    // As it came, like the access log of any web server: whoever puts personal data into an address is seen here.
    hospital.app.addHook('onRequest', async ({ method, url }) => void process.stderr.write(`${method} ${url}\n`))
  }
  await hospital.app.listen({ port: Number(values.port), host: values.host })
  process.stdout.write(`${JSON.stringify({ listening: hospital.baseUrl() })}\n`)
  const stop = (): void => void hospital.app.close()
  process.once('SIGTERM', stop)
  process.once('SIGINT', stop)
  // Started by another process of ours: the channel ends when that one does, however it ended.
  process.once('disconnect', stop)
  process.channel?.unref()
}

function readClient(text: string): RegisteredClient {
  const mark = text.indexOf('=')
  if (mark < 1) exit('--client-jwks is not ID=WHERE')
  const where = text.slice(mark + 1)
  const jwks = /^https?:\/\//.test(where) ? new URL(where) : (JSON.parse(readFileSync(where, 'utf8')) as JSONWebKeySet)
  return { clientId: text.slice(0, mark), jwks, ...(values.scope === undefined ? {} : { scopes: values.scope }) }
}

function readRecords(file: string): Resource[] {
  const data = parseFhirJson(readFileSync(file, 'utf8'))
  if (isList(data)) return data as readonly Json[] as Resource[]
  const entries = isObject(data) && data['resourceType'] === 'Bundle' ? data['entry'] : undefined
  if (!isList(entries)) exit('--data is neither an array of resources nor a Bundle')
  // A transaction's references need rewriting, which is the running server's work.
  if (isObject(data) && data['type'] === 'transaction') exit('--data is a transaction: post it to the running server')
  return entries.flatMap((entry) =>
    isObject(entry) && isObject(entry['resource']) ? [entry['resource'] as Resource] : [],
  )
}

function exit(problem: string): never {
  process.stderr.write(`${problem}; see --help\n`)
  process.exit(2)
}
