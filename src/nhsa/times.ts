import { localDateTime } from '../kernel/time.ts'

/** `yyyyMMddHHmmssSSS`, as refmsg_time and respond_time have it. */
export const wireStamp = (at: Date): string =>
  localDateTime(at).replace(/\D/g, '') + String(at.getUTCMilliseconds()).padStart(3, '0')

/** The instant of a checked DT. The wire has no zone: every time is that of Asia/Shanghai. */
export const readTime = (text: string): Date => new Date(`${text.replace(' ', 'T')}+08:00`)
