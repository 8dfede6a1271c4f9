import type { Resource } from '../fhir/index.ts'
import { inTx } from '../kernel/tx.ts'
import { noteUnmapped, readChangedAt, readMappings } from '../mappings/index.ts'
import { buildResources } from './build-resources.ts'
import type { LabsDeps } from './caller.ts'
import { tellChanged } from './result-changed.ts'
import { openBody, openFacts, sealBody } from './seal.ts'
import { saveReport, takeReportsAfter } from './store.ts'
import { checkBuilt } from './store-report.ts'

const BATCH = 200

/**
 * Builds held reports anew that contain one of the codes whose mapping changed. Running it twice builds the same; a
 * report that says the same afterwards is not written.
 */
export async function recodeReports(
  deps: LabsDeps,
  change: { readonly institution: string; readonly at: Date },
): Promise<number> {
  const { institution } = change
  const codes = await readChangedAt(deps.db, institution, change.at)
  const changed = new Set(codes.map((one) => JSON.stringify([one.localSystem, one.localCode])))
  if (changed.size === 0) return 0
  let recoded = 0
  for (let after: string | null = null; ; ) {
    const batch: { last: string | null; count: number } = await inTx(deps.db, async (tx) => {
      const rows = await takeReportsAfter(tx, institution, after, BATCH)
      const reports = rows
        .map((row) => ({ row, report: openFacts(deps.keyring, row.reportId, row.facts) }))
        .filter(({ report }) =>
          report.items.some((item) => changed.has(JSON.stringify([item.localSystem, item.localCode]))),
        )
      const items = reports.flatMap(({ report }) => report.items)
      const mappings = items.length === 0 ? [] : await readMappings(tx, institution, undefined, items)
      const at = deps.clock.now()
      let count = 0
      for (const { row, report } of reports) {
        const { reportId, personId, status } = row
        const before = openBody(deps.keyring, reportId, row.body)
        const same = buildResources(report, { ...row, mappings })
        if (JSON.stringify(same.resources) === JSON.stringify(before)) continue
        const version = row.version + 1
        const built = buildResources(report, { reportId, personId, status, version, changedAt: at, mappings })
        checkBuilt(built)
        // A result that meant something before may have been used as that.
        const used = before.filter(wasMapped)
        await tellChanged(deps, tx, { personId, institution, before: used, after: built.resources })
        await saveReport(tx, {
          ...row,
          version,
          changedAt: at,
          unmapped: built.unmapped.length,
          body: sealBody(deps.keyring, reportId, built.resources),
        })
        await noteUnmapped(
          tx,
          built.unmapped.filter((one) => changed.has(JSON.stringify([one.localSystem, one.localCode]))),
          at,
        )
        count += 1
      }
      return { last: rows.length < BATCH ? null : (rows.at(-1)?.reportId ?? null), count }
    })
    recoded += batch.count
    if (batch.last === null) break
    after = batch.last
  }
  if (recoded > 0) deps.log.info({ area: 'labs', verb: 'recode', institution, recoded }, 'held reports were read anew')
  return recoded
}

/** More than the laboratory's own code stands in it. */
function wasMapped(resource: Resource): boolean {
  const { coding } = (resource['code'] ?? {}) as { readonly coding?: readonly unknown[] }
  return resource.resourceType === 'Observation' && (coding?.length ?? 0) > 1
}
