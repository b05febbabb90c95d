import type { Connection } from "#lib/sql/database.ts";

/** Who asks: the user behind a credential. */
export interface Caller {
  readonly userId: string;
  /** Also the id of the user's primary calendar. */
  readonly email: string;
  readonly keyId: string;
  readonly isAdmin: boolean;
}

/** What a rule needs to know of the world: who asks, where the data is, what time it is. One per request, never shared. */
export interface Context {
  readonly caller: Caller;
  readonly db: Connection;
  /** Epoch milliseconds. */
  readonly now: () => number;
  readonly settings: Settings;
  /** The keys this process remembers as valid. */
  readonly keys: { forget(keyId: string): void };
}

/** What the rules take from the configuration, and the instance's secret. */
export interface Settings {
  /** Signs tokens and hashes keys; made once per database. */
  readonly secret: Buffer;
  /** Where clients reach this server; no slash at the end. */
  readonly publicUrl: string;
  /** Whether channels may lead to this machine itself, over http. */
  readonly pushAllowLoopback: boolean;
  /** Calendars that one free/busy query may read, and the days it may ask about; Infinity: no limit. */
  readonly freeBusyMaxCalendars: number;
  readonly freeBusyMaxDays: number;
  /** The process has been told to stop and wants no more work. */
  readonly isStopping: () => boolean;
}
