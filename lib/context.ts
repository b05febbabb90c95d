import type { Calendar, Role } from "#lib/model/calendar.ts";
import type { KeyLimits } from "#lib/model/key.ts";
import type { Connection } from "#lib/sql/database.ts";

/** Who asks: the user behind a credential, and what the credential is limited to. */
export interface Caller extends KeyLimits {
  readonly userId: string;
  /** Also the id of the user's primary calendar. */
  readonly email: string;
  readonly keyId: string;
  /** An administrator whose key is not limited to less. */
  readonly isAdmin: boolean;
}

/** What a rule needs to know of the world: who asks, where the data is, what time it is. One per request, never shared. */
export interface Context {
  readonly caller: Caller;
  readonly db: Connection;
  /** Epoch milliseconds. */
  readonly now: () => number;
  readonly settings: Settings;
  /** The request that asks, for the audit log. */
  readonly request: RequestInfo;
  /** The keys this process remembers as valid. */
  readonly keys: { forget(id: string): void };
  /** The calendars this process has written to: guesses, which their locks confirm. */
  readonly calendarCache: CalendarCache;
}

/** What a write's draft is made of before its calendar is locked: how the calendar reads times, and what its caller may do. */
export interface KnownCalendar extends Pick<Calendar, "timeZone"> {
  readonly role: Role;
}

/** Calendars as those who wrote to them last saw them. */
export interface CalendarCache {
  find(calendarId: string, userId: string): KnownCalendar | undefined;
  /** Takes down what a caller sees of a calendar now. One that is not there, or is none of theirs, is forgotten. */
  note(calendarId: string, userId: string, seen: (Pick<Calendar, "timeZone"> & { readonly role: Role | null }) | undefined): void;
}

/** What is kept of a request that changes something. */
export interface RequestInfo {
  /** The endpoint's id. */
  readonly action: string;
  readonly correlationId: string | null;
  /** The client's address, worked out when it is asked for. */
  readonly address: () => string | null;
}

/** What the rules take from the configuration, and the instance's secret. */
export interface Settings {
  /** Signs tokens and hashes keys; made once per database. */
  readonly secret: Buffer;
  /** The word in new API keys that tells which of an operator's servers they are for. */
  readonly keyEnvironment: string;
  /** Where clients reach this server; no slash at the end. */
  readonly publicUrl: string;
  /** Whether channels may lead to this machine itself, over http. */
  readonly pushAllowLoopback: boolean;
  /** Calendars that one free/busy query may read, and the days it may ask about; Infinity: no limit. */
  readonly freeBusyMaxCalendars: number;
  readonly freeBusyMaxDays: number;
  /** Where CPU profiles are kept; undefined: nowhere. */
  readonly profiles: ProfileStore | undefined;
  /** The process has been told to stop and wants no more work. */
  readonly isStopping: () => boolean;
  /** Whether the database answers soon; rejects when it cannot be reached. Costs next to nothing, however many ask. */
  readonly askDatabase: () => Promise<boolean>;
}

/** A bucket, and how a profile (JSON) is put into it. */
export interface ProfileStore {
  readonly bucket: string;
  keep(name: string, profile: string): Promise<void>;
}
