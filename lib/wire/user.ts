import { flag, list, object, oneOf, optional, type Static, text } from "#lib/schema.ts";
import { addressPattern } from "./address.ts";

export const UserBody = object({
  email: text({
    maxLength: 320,
    pattern: addressPattern,
    description: "The user's address; also the id of their primary calendar.",
  }),
  displayName: optional(text({ maxLength: 1_000 })),
  timeZone: optional(text({ maxLength: 100, description: "IANA zone of the primary calendar; UTC when missing." })),
  admin: optional(flag({ description: "Whether the user is an administrator; not when missing." })),
});

export const UserReply = object({
  kind: oneOf("calendar#user"),
  id: text(),
  email: text(),
  displayName: optional(text()),
  admin: flag({ description: "Whether the user is an administrator." }),
  created: text(),
  /** Id of the user's primary calendar. */
  primaryCalendarId: text(),
});

export const UsersReply = object({ kind: oneOf("calendar#users"), nextPageToken: optional(text()), items: list(UserReply) });

export const fromUser = (user: {
  readonly id: string;
  readonly email: string;
  readonly display_name: string | null;
  readonly is_admin: boolean;
  readonly created_at: number;
}): Static<typeof UserReply> => ({
  kind: "calendar#user",
  id: user.id,
  email: user.email,
  ...(user.display_name !== null && { displayName: user.display_name }),
  admin: user.is_admin,
  created: new Date(user.created_at).toISOString(),
  primaryCalendarId: user.email,
});
