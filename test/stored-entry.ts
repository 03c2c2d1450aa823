import { crc32 } from 'node:zlib'

/** An entry as the cache writes it, by another hand. `record`: the text in which its life and stamps are. */
export function storedEntry (format: string, record: string, text: string): string {
  const body = `${format}${record.length.toString(36)}:${record}${text}`
  return `4${crc32(body).toString(36).padStart(7, '0')}${body}`
}
