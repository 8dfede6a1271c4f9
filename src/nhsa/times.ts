/** The wire has no zone: every time is that of Asia/Shanghai, which has had a fixed offset since 1991. */
const OFFSET_MS = 8 * 3_600_000

const local = (at: Date): string => new Date(at.getTime() + OFFSET_MS).toISOString()

/** DT: `yyyy-MM-dd HH:mm:ss`. */
export const wireTime = (at: Date): string => local(at).slice(0, 19).replace('T', ' ')

/** `yyyyMMddHHmmssSSS`, as refmsg_time and respond_time have it. */
export const wireStamp = (at: Date): string => local(at).replace(/\D/g, '').slice(0, 17)

/** The instant of a checked DT. */
export const readTime = (text: string): Date => new Date(`${text.replace(' ', 'T')}+08:00`)
