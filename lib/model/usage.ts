/** How much a key was used on a day. */
export interface Usage {
  /** The day in UTC, `2026-03-08`. */
  readonly day: string;
  readonly keyId: string;
  readonly requests: number;
  /** Requests for changes, whatever became of them. */
  readonly writes: number;
  /** Answers of 400 and above. */
  readonly errors: number;
  /** Of bodies as they were sent, compressed ones too; without headers. */
  readonly bytesIn: number;
  readonly bytesOut: number;
}

/** What the list of usage may be narrowed to; days as above, `from` inclusive, `to` exclusive. */
export interface UsageFilter {
  readonly from?: string | undefined;
  readonly to?: string | undefined;
  readonly userId?: string | undefined;
  readonly keyId?: string | undefined;
}
