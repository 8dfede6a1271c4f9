import { flag, oneOf, type Parse, proxies, publicAddress, text, url, whole } from './config-parse.ts'

/**
 * The environment, read once into one frozen object. Every variable stands in `variables` with its default and
 * meaning; the README's table and `--help` are made from the same list.
 */
export interface Config {
  readonly host: string
  readonly port: number
  readonly publicUrl: string
  readonly databaseUrl: string | undefined
  readonly redisUrl: string | undefined
  readonly dataDir: string
  readonly keyringFile: string | undefined
  readonly sandboxKeys: boolean
  readonly logLevel: LogLevel
  readonly dbPool: number
  readonly workerConcurrency: number
  readonly ratePerMinute: number
  readonly ratePerAddressMinute: number
  readonly bodyLimitBytes: number
  readonly requestTimeoutMs: number
  readonly drainMs: number
  readonly recordsDeadlineMs: number
  readonly recordsMaxBytes: number
  readonly recognitionDeadlineMs: number
  /** Port for HL7 v2 over MLLP; undefined: none is opened. */
  readonly mllpPort: number | undefined
  readonly settlementWaitMs: number
  readonly clockSkewS: number
  readonly codeTtlS: number
  readonly sm2Threads: number
  /** Addresses whose X-Forwarded-For is believed. */
  readonly trustProxy: false | string[]
  readonly reusePort: boolean
}

export type LogLevel = (typeof LOG_LEVELS)[number]
const LOG_LEVELS = ['fatal', 'error', 'warn', 'info', 'debug', 'trace', 'silent'] as const

export interface Variable {
  readonly name: string
  readonly key: keyof Config
  /** Text of the default as it would stand in the environment; undefined = unset. */
  readonly fallback: string | undefined
  readonly meaning: string
  readonly parse: Parse
  /** Shown as `***` wherever the value is printed. */
  readonly secret?: boolean
}

export const variables: readonly Variable[] = [
  { name: 'YMT_HOST', key: 'host', fallback: '127.0.0.1', meaning: 'Address to listen on.', parse: text },
  {
    name: 'YMT_PORT',
    key: 'port',
    fallback: '8080',
    meaning: 'Port to listen on; 0 takes a free one.',
    parse: whole(0, 65535),
  },
  {
    name: 'YMT_PUBLIC_URL',
    key: 'publicUrl',
    fallback: undefined,
    meaning:
      'Address by which clients reach the API; the audience of their assertions. Default: from host and port; needed where the host is 0.0.0.0 or ::.',
    parse: publicAddress,
    // It can hold a password by mistake, which is then refused and must not be repeated.
    secret: true,
  },
  {
    name: 'DATABASE_URL',
    key: 'databaseUrl',
    fallback: undefined,
    meaning: 'PostgreSQL 15 or newer. Unset: an embedded PostgreSQL under the data folder (one machine only).',
    parse: url('postgres:', 'postgresql:'),
    secret: true,
  },
  {
    name: 'REDIS_URL',
    key: 'redisUrl',
    fallback: undefined,
    meaning:
      'Redis 7 or newer for queues and for rate limits over all processes. Unset: queues in PostgreSQL, each process counts its own rates.',
    parse: url('redis:', 'rediss:'),
    secret: true,
  },
  {
    name: 'YMT_DATA_DIR',
    key: 'dataDir',
    fallback: '.data',
    meaning: 'Folder of the embedded database, sandbox keys and reports.',
    parse: text,
  },
  {
    name: 'YMT_KEYRING_FILE',
    key: 'keyringFile',
    fallback: undefined,
    meaning:
      'JSON file with the keys that encrypt (AES-256-GCM or SM4-GCM) and index personal data; `main.ts keyring` makes one. Needed with DATABASE_URL; unset, one is made in the data folder.',
    parse: text,
  },
  {
    name: 'YMT_SANDBOX_KEYS',
    key: 'sandboxKeys',
    fallback: 'false',
    meaning: 'true: take keys from the data folder although DATABASE_URL is set; for trials only.',
    parse: flag,
  },
  {
    name: 'YMT_LOG_LEVEL',
    key: 'logLevel',
    fallback: 'info',
    meaning: `One of ${LOG_LEVELS.join(', ')}.`,
    parse: oneOf(LOG_LEVELS),
  },
  {
    name: 'YMT_DB_POOL',
    key: 'dbPool',
    fallback: '10',
    meaning: 'PostgreSQL connections of one process.',
    parse: whole(2, 200),
  },
  {
    name: 'YMT_WORKER_CONCURRENCY',
    key: 'workerConcurrency',
    fallback: '8',
    meaning: 'Jobs that one worker process runs at a time, for each queue.',
    parse: whole(1, 100),
  },
  {
    name: 'YMT_RATE_PER_MINUTE',
    key: 'ratePerMinute',
    fallback: '6000',
    meaning: 'Requests that one client may make in a minute; verifications of cards are counted by each process alone.',
    parse: whole(1, 100_000_000),
  },
  {
    name: 'YMT_RATE_PER_ADDRESS_MINUTE',
    key: 'ratePerAddressMinute',
    fallback: '60000',
    meaning: 'Requests that one network address may make in a minute at one process, whoever asks and whatever for.',
    parse: whole(1, 100_000_000),
  },
  {
    name: 'YMT_BODY_LIMIT_BYTES',
    key: 'bodyLimitBytes',
    fallback: '1048576',
    meaning: 'Largest request body.',
    parse: whole(1024, 104_857_600),
  },
  {
    name: 'YMT_REQUEST_TIMEOUT_MS',
    key: 'requestTimeoutMs',
    fallback: '30000',
    meaning: 'Longest time to receive a request.',
    parse: whole(1000, 600_000),
  },
  {
    name: 'YMT_DRAIN_MS',
    key: 'drainMs',
    fallback: '15000',
    meaning: 'Time that SIGTERM leaves to running requests and jobs.',
    parse: whole(0, 600_000),
  },
  {
    name: 'YMT_RECORDS_DEADLINE_MS',
    key: 'recordsDeadlineMs',
    fallback: '3000',
    meaning: 'Deadline of a search over several hospitals.',
    parse: whole(100, 60_000),
  },
  {
    name: 'YMT_RECORDS_MAX_BYTES',
    key: 'recordsMaxBytes',
    fallback: '8388608',
    meaning: 'Most bytes taken from one hospital for one search.',
    parse: whole(1024, 104_857_600),
  },
  {
    name: 'YMT_RECOGNITION_DEADLINE_MS',
    key: 'recognitionDeadlineMs',
    fallback: '800',
    meaning: 'Deadline of the reminder before an order; what did not come by then is named.',
    parse: whole(100, 60_000),
  },
  {
    name: 'YMT_MLLP_PORT',
    key: 'mllpPort',
    fallback: undefined,
    meaning:
      'Port for laboratory results as HL7 v2 over MLLP, on the same address; TLS ends in front. Unset: none; 0 takes a free one.',
    parse: whole(0, 65535),
  },
  {
    name: 'YMT_SETTLEMENT_WAIT_MS',
    key: 'settlementWaitMs',
    fallback: '3000',
    meaning: 'Longest wait for a settlement before the answer is 202.',
    parse: whole(0, 30_000),
  },
  {
    name: 'YMT_CLOCK_SKEW_S',
    key: 'clockSkewS',
    fallback: '5',
    meaning: 'Difference of clocks that a code or assertion may show.',
    parse: whole(0, 60),
  },
  { name: 'YMT_CODE_TTL_S', key: 'codeTtlS', fallback: '60', meaning: 'Life of a dynamic code.', parse: whole(5, 600) },
  {
    name: 'YMT_SM2_THREADS',
    key: 'sm2Threads',
    fallback: '1',
    meaning: 'Threads for SM2 signatures; with 0 they hold up all other requests.',
    parse: whole(0, 8),
  },
  {
    name: 'YMT_TRUST_PROXY',
    key: 'trustProxy',
    fallback: 'none',
    meaning: 'Whose X-Forwarded-For is believed: none, or the addresses and CIDR blocks of the proxies in front.',
    parse: proxies,
  },
  {
    name: 'YMT_REUSE_PORT',
    key: 'reusePort',
    fallback: 'false',
    meaning:
      'true: several API processes of one machine listen on the same port, and the system spreads connections (Linux).',
    parse: flag,
  },
]

/** Read by the test suites only; here so that they do not count as unknown. */
const TEST_NAMES = /^YMT_(SHARED_DIR|TEST_[A-Z_]+)$/

const WILDCARDS: ReadonlySet<string> = new Set(['0.0.0.0', '::', '0:0:0:0:0:0:0:0'])

/** `http://host:port`, an IPv6 address in brackets (RFC 3986 §3.2.2). */
export function httpAddress(host: string, port: number): string {
  return `http://${host.includes(':') ? `[${host}]` : host}:${port}`
}

/** The address under which a process on the same machine reaches what listens on `host`. */
export function localAddress(host: string, port: number): string {
  return httpAddress(WILDCARDS.has(host) ? (host === '0.0.0.0' ? '127.0.0.1' : '::1') : host, port)
}

/** All that is wrong with the environment, at once. */
export class ConfigError extends Error {
  readonly problems: readonly string[]

  constructor(problems: readonly string[]) {
    super(`The configuration is not valid:\n${problems.map((one) => `  - ${one}`).join('\n')}`)
    this.name = 'ConfigError'
    this.problems = problems
  }
}

/**
 * @param env the environment; empty values count as unset.
 * @throws ConfigError naming every unknown `YMT_*` variable and every bad value.
 */
export function readConfig(env: Readonly<Record<string, string | undefined>>): Config {
  const problems: string[] = []
  const values: Record<string, unknown> = {}
  for (const variable of variables) {
    const given = env[variable.name] || variable.fallback
    if (given === undefined) {
      values[variable.key] = undefined
      continue
    }
    const parsed = variable.parse(given)
    if ('problem' in parsed)
      problems.push(`${variable.name} ${parsed.problem}${variable.secret ? '' : `, not "${given}"`}`)
    else values[variable.key] = parsed.value
  }
  const known = new Set(variables.map((variable) => variable.name))
  for (const name of Object.keys(env)) {
    if (name.startsWith('YMT_') && !known.has(name) && !TEST_NAMES.test(name)) {
      problems.push(`${name} is not a variable of Yimatong; see --help for the list`)
    }
  }
  if (values['port'] === 0 && values['publicUrl'] === undefined) {
    problems.push('YMT_PORT 0 needs YMT_PUBLIC_URL: clients must know the address before the port is chosen')
  }
  if (values['databaseUrl'] !== undefined && values['keyringFile'] === undefined && values['sandboxKeys'] === false) {
    // Keys made on the spot would differ from one machine to the next: what one writes, no other could read.
    problems.push(
      'DATABASE_URL needs YMT_KEYRING_FILE (for a trial, YMT_SANDBOX_KEYS=true takes keys from the data folder)',
    )
  }
  const own = httpAddress(values['host'] as string, (values['port'] as number | undefined) ?? 0)
  if (!URL.canParse(own)) problems.push('YMT_HOST must be an address or a host name')
  if (env['YMT_PUBLIC_URL'] === undefined || env['YMT_PUBLIC_URL'] === '') {
    if (WILDCARDS.has(values['host'] as string)) {
      problems.push('YMT_HOST of all addresses needs YMT_PUBLIC_URL: no client reaches the API by a wildcard')
    }
  }
  if (problems.length > 0) throw new ConfigError(problems)
  values['publicUrl'] ??= own
  return Object.freeze(values as unknown as Config)
}
