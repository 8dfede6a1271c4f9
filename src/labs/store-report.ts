import { createHash } from 'node:crypto'
import { validateResource } from '../fhir/index.ts'
import type { Tx } from '../kernel/db.ts'
import { newId } from '../kernel/ids.ts'
import { noteUnmapped, readMappings } from '../mappings/index.ts'
import { type Built, buildResources, testedOn } from './build-resources.ts'
import { auditLabs, type LabsCaller, type LabsDeps } from './caller.ts'
import { labsError } from './errors.ts'
import { tellChanged } from './result-changed.ts'
import { type NextVersion, nextVersion } from './rules.ts'
import { openBody, openFacts, reportKey, sealBody, sealFacts, sealVersion } from './seal.ts'
import { confirmVersion, insertVersion, lockReport, saveReport, takeReport } from './store.ts'
import type { LabReport } from './types.ts'

export interface StoredReport {
  readonly reportId: string
  readonly outcome: NextVersion['kind']
  readonly unmapped: number
}

/**
 * Holds a report for a person, as a new one or as a new version of one that is held; what it replaces goes to the
 * history. Whoever used what has changed hears of it.
 */
export async function storeReport(
  deps: Pick<LabsDeps, 'clock' | 'keyring' | 'outbox'>,
  tx: Tx,
  of: { readonly report: LabReport; readonly personId: string; readonly by: LabsCaller },
): Promise<StoredReport> {
  const { report, personId, by } = of
  const key = reportKey(report)
  await lockReport(tx, key)
  const held = await takeReport(tx, key)
  const heldReport = held && openFacts(deps.keyring, held.reportId, held.facts)
  const moved = held !== undefined && held.personId !== personId
  const read = nextVersion(
    held && heldReport && { versionAt: held.versionAt, status: held.status, report: heldReport },
    report,
  )
  // A repeat of what was said before the patient was corrected does not bring it back to the wrong one.
  const outdated = moved && new Date(report.versionAt) < held.versionAt
  const next: NextVersion = read.kind === 'same' && outdated ? { kind: 'late' } : read
  const reportId = held?.reportId ?? newId<'report'>()
  const at = deps.clock.now()
  const audit = async (reasonCode: string): Promise<void> =>
    await auditLabs(deps, tx, by, {
      action: 'labs.receive',
      targetType: 'report',
      targetId: reportId,
      personId,
      reasonCodes: [reasonCode],
    })

  if (next.kind === 'late' || (next.kind === 'same' && !moved)) {
    const versionAt = new Date(report.versionAt)
    if (next.kind === 'late') await keepVersion(deps, tx, { reportId, personId, report, why: 'late', receivedAt: at })
    else if (held !== undefined && versionAt > held.versionAt) await confirmVersion(tx, key, versionAt)
    await audit(next.kind)
    return { reportId, outcome: next.kind, unmapped: held?.unmapped ?? 0 }
  }

  // The same content for another patient: the laboratory corrected whose it is.
  const status = next.kind === 'same' ? (held?.status ?? report.status) : next.status
  const version = (held?.version ?? 0) + 1
  const mappings = await readMappings(tx, report.institution, undefined, report.items)
  const built = buildResources(report, { reportId, personId, version, status, changedAt: at, mappings })
  checkBuilt(built)
  if (held !== undefined && heldReport !== undefined) {
    await keepVersion(deps, tx, {
      reportId,
      personId: held.personId,
      report: heldReport,
      why: moved ? 'moved' : 'replaced',
      receivedAt: held.receivedAt,
    })
    if (moved || (next.kind === 'replace' && next.changed)) {
      await tellChanged(deps, tx, {
        personId: held.personId,
        institution: held.institution,
        before: openBody(deps.keyring, reportId, held.body),
        after: moved ? [] : built.resources,
      })
    }
  }
  await saveReport(tx, {
    personId,
    reportId,
    institution: report.institution,
    reportKey: key,
    version,
    status,
    versionAt: new Date(report.versionAt),
    testedOn: testedOn(report),
    source: report.source,
    facts: sealFacts(deps.keyring, reportId, report),
    body: sealBody(deps.keyring, reportId, built.resources),
    unmapped: built.unmapped.length,
    receivedAt: at,
    changedAt: at,
  })
  await noteUnmapped(tx, built.unmapped, at)
  await audit(moved ? 'moved' : next.kind)
  return { reportId, outcome: next.kind === 'same' ? 'replace' : next.kind, unmapped: built.unmapped.length }
}

/** What is held must be good FHIR, for hospitals read it as any other. @throws `labs.not-representable` */
export function checkBuilt({ resources }: Built): void {
  for (const resource of resources) {
    const [issue] = validateResource(resource)
    if (issue !== undefined) {
      throw labsError('not-representable', { detail: `At ${issue.expression}: ${issue.diagnostics}` })
    }
  }
}

async function keepVersion(
  deps: Pick<LabsDeps, 'clock' | 'keyring'>,
  tx: Tx,
  of: {
    readonly reportId: string
    readonly personId: string
    readonly report: LabReport
    readonly why: 'replaced' | 'late' | 'moved'
    readonly receivedAt: Date
  },
): Promise<void> {
  const { report, why, receivedAt, reportId, personId } = of
  // A late version that is repeated under another message is the same row: one entry for one content.
  const entryId = entryIdOf(reportId, personId, report)
  await insertVersion(tx, {
    personId,
    reportId,
    entryId,
    institution: report.institution,
    versionAt: new Date(report.versionAt),
    status: report.status,
    why,
    source: report.source,
    facts: sealVersion(deps.keyring, entryId, report),
    receivedAt,
    recordedAt: deps.clock.now(),
  })
}

/** A UUID of the content (RFC 9562 version 8): the same version kept twice is one row. */
function entryIdOf(reportId: string, personId: string, report: LabReport): string {
  const hash = createHash('sha256')
    .update(JSON.stringify([reportId, personId, report]))
    .digest('hex')
  return `${hash.slice(0, 8)}-${hash.slice(8, 12)}-8${hash.slice(13, 16)}-8${hash.slice(17, 20)}-${hash.slice(20, 32)}`
}
