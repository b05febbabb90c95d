/** What can be watched: things of a calendar, and things of a user. */
export type WatchedKind = "events" | "acl" | "calendarList" | "settings";

/** One thing that can be watched. */
export type Watched =
  | { readonly kind: "events" | "acl"; readonly calendarId: string }
  | { readonly kind: "calendarList" | "settings"; readonly userId: string };

/** What a message says: the channel is open, the resource has changed, the resource is no more. */
export type ResourceState = "sync" | "exists" | "not_exists";

/** A channel as the client asks for it, checked and with all defaults filled in. */
export interface ChannelDraft {
  /** The client's own name for it. */
  readonly id: string;
  /** Where messages are posted to. */
  readonly address: string;
  /** Sent along with each message, for the receiver to know it by. */
  readonly token: string | undefined;
  /** Epoch milliseconds. */
  readonly expiresAt: number;
}

export interface Channel extends ChannelDraft {
  /** Ours, never used again. */
  readonly number: number;
  readonly userId: string;
  readonly kind: WatchedKind;
  /** Of events and rules of access: whose. */
  readonly calendarId: string | undefined;
  /** Opaque, the same for all channels of one resource. */
  readonly resourceId: string;
  readonly resourceUri: string;
}
