// What is measured, all in one place. Times are milliseconds.

/** The house of part (a): so many users, evenly over rooms and processes. */
export const HOUSE = { users: 1000, rooms: 20, processes: 4 }
export const HOUR = 3_600_000
/** How long a user who leaves stays away: longer than the grace, so that he has left for all. */
export const ABSENCE = 10_000

/** Every contestant's, and the defaults of ours. */
export const TIMES = { beat: 25_000, lease: 60_000, window: 250, grace: 5000 }
/** Peers are driven for this part of an hour, and the figures multiplied: each of their beats costs the same. */
export const PEERS_SHARE = 1 / 8

/** Part (b). */
export const LATENCY = { windows: [250, 25], joins: 100, patience: 3000 }

/** Part (c). The lease is waited for, the beats are not. */
export const LARGE_ROOM = { members: 10_000, reads: 9, lease: 10_000, beat: 4000, patience: 60 }
