/** What a party tells: whom it let join or saw join, and when, in milliseconds of the clock that all processes share. */
export interface Told { readonly userId: string, readonly at: number }

/** A party is told whom to let join, and this when it is to end. */
export const LAST_WORD = ''
