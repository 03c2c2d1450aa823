export type Command = ReadonlyArray<string | number>

/** A user in a room, on one process. */
export interface Seat { readonly userId: string, readonly room: string }

/** Sends commands in one request and answers their results; rejects where one failed. */
export type Send = (commands: readonly Command[]) => Promise<unknown[]>

/** How presence can be kept in Redis without a lease of the process. `now` is in milliseconds, and the same for all processes. */
export interface Layout {
  readonly name: string
  /** Before anything is counted, such as loading scripts. */
  prepare? (send: Send): Promise<unknown>
  join (seat: Seat, now: number): Command[]
  /** What keeps the seats of a process alive. */
  beat (seats: readonly Seat[], now: number): Command[]
  leave (seat: Seat): Command[]
  /** How many users are found in a room. */
  list (room: string, now: number, send: Send): Promise<number>
}
