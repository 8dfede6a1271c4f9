import { HOSPITALS } from './records-data.ts'

/** As the issue has it. */
export const MESSAGE_BYTES = 4_000
export const SENDERS = 16
/** Stand in the message where each one has its own. */
export const MESSAGE_ID = '@message@'
export const BUNDLE_ID = '@bundle@'
export const PATIENT_ID = '@patient@'
export const TIMESTAMP = '@timestamp@'

/** A referral of four kilobytes to one of the hospitals. */
export function messageTemplate(): string {
  const request = {
    resourceType: 'ServiceRequest',
    id: 'sr-1',
    status: 'active',
    intent: 'order',
    subject: { reference: `Patient/${PATIENT_ID}` },
    patientInstruction: '',
  }
  const write = (filler: string): string =>
    JSON.stringify({
      resourceType: 'Bundle',
      id: BUNDLE_ID,
      type: 'message',
      timestamp: TIMESTAMP,
      entry: [
        {
          fullUrl: 'urn:uuid:8b0f1d0a-4f0e-4d2e-8f0a-000000000001',
          resource: {
            resourceType: 'MessageHeader',
            id: MESSAGE_ID,
            eventCoding: { system: 'urn:yimatong:event', code: 'referral' },
            destination: [{ endpoint: `urn:yimatong:institution:${HOSPITALS[1]}` }],
            source: { endpoint: 'https://his.example/fhir' },
            focus: [{ reference: 'ServiceRequest/sr-1' }],
          },
        },
        {
          fullUrl: 'https://his.example/fhir/ServiceRequest/sr-1',
          resource: { ...request, patientInstruction: filler },
        },
        {
          fullUrl: `https://his.example/fhir/Patient/${PATIENT_ID}`,
          resource: { resourceType: 'Patient', id: PATIENT_ID },
        },
      ],
    })
  return write('x'.repeat(MESSAGE_BYTES - write('').length))
}
