import { join, relative } from 'node:path'
import { sandboxCredentialsPath } from '../identity/index.ts'
import type { Deps } from '../kernel/deps.ts'
import { sandboxFile, writePrivateJson } from './files.ts'
import type { Sandbox } from './seed.ts'
import { shellWord, tokenCommand } from './token-command.ts'

/** Writes the bodies that the examples send, so that the printed commands work as they are. */
function writeExamples(deps: Deps, sandbox: Sandbox): { verify: string; settle: string; personId: string } {
  const employee = sandbox.people.findIndex(
    (one) => one.insuredCity === '510600' && one.insutype === '310' && one.psnType === '11',
  )
  const personId = sandbox.personIds[employee] as string
  const card = sandbox.cards.find((one) => one.personId === personId)
  const verify = sandboxFile(deps.config.dataDir, 'examples', 'verify.json')
  const settle = sandboxFile(deps.config.dataDir, 'examples', 'settle.json')
  writePrivateJson(verify, { code: card?.card })
  writePrivateJson(settle, {
    person_id: personId,
    med_type: '11',
    medfee_sumamt: '300.00',
    lines: [
      {
        feedetl_sn: '1',
        med_list_codg: '002101030160000',
        chrgitm_lv: '01',
        det_item_fee_sumamt: '300.00',
        cnt: '1',
        pric: '300.00',
      },
    ],
  })
  return { verify, settle, personId }
}

/** What a newcomer sees after `npm start`: where it runs, how to call it, where to read on. */
export function printWelcome(deps: Deps, sandbox: Sandbox, address: string, where: string): void {
  const { verify, settle, personId } = writeExamples(deps, sandbox)
  const short = (path: string): string => relative(process.cwd(), path) || path
  const file = (path: string): string => shellWord(`@${short(path)}`)
  const token = (client: string): string => `-H "Authorization: Bearer $(${tokenCommand(deps.config, client)})"`
  const json = `-H 'Content-Type: application/json'`
  process.stderr.write(`
  Yimatong 一码通 is running: API and worker, with the sandbox data (all synthetic).

    API            ${address}
    API reference  ${address}/docs
    Database       ${where}
    Credentials    ${short(sandboxCredentialsPath(deps.config.dataDir))}
    Cards          ${short(join(deps.config.dataDir, 'sandbox', 'cards.json'))}

  Try it in another terminal, in this folder:

    1. A hospital in Chengdu verifies a card issued in Deyang:
       curl -s ${address}/cards/verify ${token('hospital-chengdu')} ${json} -d ${file(verify)}

    2. It asks all hospitals for the person's laboratory reports:
       curl -s '${address}/fhir/DiagnosticReport?patient=${personId}' ${token('hospital-chengdu')} -H 'X-Purpose-Of-Use: TREAT'

    3. It settles an outpatient visit across city lines; send it twice, it settles once:
       curl -s ${address}/settlement/claims ${token('hospital-chengdu')} ${json} -H 'Idempotency-Key: my-first' -d ${file(settle)}

  Stop with Ctrl-C.

`)
}
