/** Code system of the local codes of an institution that names none: its own, and nobody else's. */
export const defaultCodeSystem = (institution: string): string => `urn:yimatong:lab-codes:${institution}`
