/** The part of an entry of the audit log that can be erased; null: not known, or erased. */
export interface PersonalPart {
  /** Where the request came from. */
  readonly address: string | null;
  readonly correlationId: string | null;
  readonly calendarId: string | null;
  /** The user (id) or the address whom the entry is about. */
  readonly subject: string | null;
  /** JSON: `{object, before, after}`. */
  readonly details: string | null;
}

/** An entry of the audit log: who did what, when. */
export interface AuditEntry extends PersonalPart {
  readonly chain: number;
  /** Its place in its chain: 1, 2, 3, … */
  readonly number: number;
  /** Epoch milliseconds. */
  readonly at: number;
  /** The endpoint's id. */
  readonly action: string;
  readonly userId: string;
  readonly keyId: string;
  readonly isErased: boolean;
}

/** An entry with what proves that it is as it was written. */
export interface SealedEntry extends AuditEntry {
  readonly salt: Buffer | null;
  readonly personalDigest: Buffer;
  readonly erasure: Buffer | null;
  readonly digest: Buffer;
  readonly hash: Buffer;
}

/** Where a chain of entries ends. */
export interface ChainEnd {
  readonly chain: number;
  readonly number: number;
  readonly hash: Buffer;
  readonly seal: Buffer;
}

/** What the list of entries may be narrowed to; times are epoch milliseconds, `from` inclusive, `to` exclusive. */
export interface AuditFilter {
  readonly userId?: string | undefined;
  readonly keyId?: string | undefined;
  readonly calendarId?: string | undefined;
  readonly action?: string | undefined;
  readonly from?: number | undefined;
  readonly to?: number | undefined;
}

/** A place in the order of entries: latest first. */
export interface AuditCursor {
  readonly at: number;
  readonly chain: number;
  readonly number: number;
}
