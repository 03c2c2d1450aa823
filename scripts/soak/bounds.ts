/** Keys in each namespace. */
export const KEYS = 20

/** Milliseconds that a call may wait for Redis. */
export const TIME_LIMIT = 300

/** Milliseconds that a call may take in all: what is above the limit is for a machine that does something else as well. */
export const SLOWEST = TIME_LIMIT + 2_000

/** Bytes that a process's heap may grow within the last two thirds of the time, by the line that fits its samples best. */
export const GROWTH = 1_000_000

/** What is measured later than so many milliseconds after it was is judged, when all processes have told what came before. */
export const JUDGED_AFTER = 5_000
