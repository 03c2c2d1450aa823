/** Ends what was started for it when it ends itself: a test, as a rule. */
export interface Owner {
  after (end: () => unknown): unknown
}
