import type { Clock } from '../../kernel/time.ts'
import type { Span } from './date-range.ts'
import { type IndexKeys, indexKeysOf } from './index-keys.ts'
import { isObject, type Resource } from './types.ts'

/** One live version of a resource, with its JSON ready to send and its index keys. */
export interface Row extends IndexKeys {
  readonly type: string
  readonly id: string
  readonly version: number
  readonly updatedAt: number
  readonly resource: Resource
  readonly json: string
  /** Order of first creation: the default order of a search. */
  readonly sequence: number
}

interface TypeTable {
  readonly rows: Map<string, Row>
  /** parameter -> key -> rows */
  readonly index: Map<string, Map<string, Set<Row>>>
}

/** The hospital's records: plain maps in memory, every write indexed at once, transactions undone on failure. */
export interface HospitalStore {
  readonly live: (type: string, id: string) => Row | undefined
  /** The JSON of a past or present version; `deleted` where that version is the deletion. */
  readonly version: (type: string, id: string, version: number) => Row | 'deleted' | undefined
  readonly wasDeleted: (type: string, id: string) => boolean
  readonly put: (resource: Resource, id: string) => { readonly row: Row; readonly created: boolean }
  readonly remove: (type: string, id: string) => void
  readonly rowsOf: (type: string) => Iterable<Row>
  readonly rowsByKey: (type: string, parameter: string, key: string) => ReadonlySet<Row>
  readonly keysOf: (type: string, parameter: string) => Iterable<string>
  readonly count: (type?: string) => number
  /** Runs `work`; if it throws, every write it made is taken back. */
  readonly atomically: <T>(work: () => T) => T
}

const NO_ROWS: ReadonlySet<Row> = new Set()

export function createStore(clock: Clock): HospitalStore {
  const tables = new Map<string, TypeTable>()
  const history = new Map<string, (Row | 'deleted')[]>()
  let sequence = 0
  let undo: (() => void)[] | undefined

  const tableOf = (type: string): TypeTable => {
    const known = tables.get(type)
    if (known !== undefined) return known
    const made: TypeTable = { rows: new Map(), index: new Map() }
    tables.set(type, made)
    return made
  }

  /** Replaces what is live under one address; both the write and its undoing pass here. */
  const swap = (type: string, id: string, before: Row | undefined, after: Row | undefined): void => {
    const table = tableOf(type)
    if (before !== undefined) removeKeys(table, before)
    if (after === undefined) {
      table.rows.delete(id)
    } else {
      table.rows.set(id, after)
      addKeys(table, after)
    }
  }

  const write = (type: string, id: string, after: Row | undefined): void => {
    const address = `${type}/${id}`
    const before = tableOf(type).rows.get(id)
    const versions = history.get(address) ?? []
    history.set(address, versions)
    versions.push(after ?? 'deleted')
    swap(type, id, before, after)
    undo?.push(() => {
      versions.pop()
      swap(type, id, after, before)
    })
  }

  return {
    live: (type, id) => tables.get(type)?.rows.get(id),
    version: (type, id, version) => history.get(`${type}/${id}`)?.[version - 1],
    wasDeleted: (type, id) => history.get(`${type}/${id}`)?.at(-1) === 'deleted',
    put: (resource, id) => {
      const type = resource.resourceType
      const before = tables.get(type)?.rows.get(id)
      const version = (history.get(`${type}/${id}`)?.length ?? 0) + 1
      const at = clock.now()
      const stamped = stamp(resource, id, version, at)
      const row: Row = {
        ...indexKeysOf(stamped),
        type,
        id,
        version,
        updatedAt: at.getTime(),
        resource: stamped,
        json: JSON.stringify(stamped),
        sequence: before?.sequence ?? ++sequence,
      }
      write(type, id, row)
      return { row, created: before === undefined }
    },
    remove: (type, id) => {
      if (tables.get(type)?.rows.has(id) === true) write(type, id, undefined)
    },
    rowsOf: (type) => tables.get(type)?.rows.values() ?? [],
    rowsByKey: (type, parameter, key) => tables.get(type)?.index.get(parameter)?.get(key) ?? NO_ROWS,
    keysOf: (type, parameter) => tables.get(type)?.index.get(parameter)?.keys() ?? [],
    count: (type) =>
      type === undefined
        ? [...tables.values()].reduce((sum, table) => sum + table.rows.size, 0)
        : (tables.get(type)?.rows.size ?? 0),
    atomically: (work) => {
      if (undo !== undefined) return work()
      undo = []
      try {
        return work()
      } catch (error) {
        for (const step of undo.reverse()) step()
        throw error
      } finally {
        undo = undefined
      }
    },
  }
}

/** The server owns id, version and time; other meta (profiles, tags, source) is kept as sent. */
function stamp(resource: Resource, id: string, version: number, at: Date): Resource {
  const { resourceType, id: _sent, meta, ...rest } = resource
  return {
    resourceType,
    id,
    meta: { ...(isObject(meta) ? meta : {}), versionId: String(version), lastUpdated: at.toISOString() },
    ...rest,
  }
}

function addKeys(table: TypeTable, row: Row): void {
  for (const [parameter, keys] of row.keys) {
    const ofParameter = table.index.get(parameter) ?? new Map<string, Set<Row>>()
    table.index.set(parameter, ofParameter)
    for (const key of keys) {
      const rows = ofParameter.get(key)
      if (rows === undefined) ofParameter.set(key, new Set([row]))
      else rows.add(row)
    }
  }
}

function removeKeys(table: TypeTable, row: Row): void {
  for (const [parameter, keys] of row.keys) {
    const ofParameter = table.index.get(parameter)
    for (const key of keys) {
      const rows = ofParameter?.get(key)
      rows?.delete(row)
      if (rows?.size === 0) ofParameter?.delete(key)
    }
  }
}

export function spansOf(row: Row, parameter: string): readonly Span[] {
  if (parameter === '_lastUpdated') return [{ from: row.updatedAt, until: row.updatedAt + 1 }]
  return row.spans.get(parameter) ?? []
}
