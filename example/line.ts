/** A pattern of one line: PostgreSQL's text knows no U+0000, and half a character is none. */
export const LINE = '^[^\\p{Cc}\\p{Cs}]*$'

/** A pattern of a name: one line of something, without blanks around it or marks that turn the direction of what follows. */
export const NAME = '^(?!\\s)[^\\p{Cc}\\p{Cs}\\u061C\\u200E\\u200F\\u202A-\\u202E\\u2066-\\u2069]+(?<!\\s)$'
