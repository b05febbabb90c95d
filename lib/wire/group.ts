import { Failure } from "#lib/errors.ts";
import { list, object, oneOf, optional, type Static, text } from "#lib/schema.ts";
import { addressPattern, isAddress } from "./address.ts";

export const GroupBody = object({
  email: text({ maxLength: 320, pattern: addressPattern, description: "The group's address, which rules of access name it by." }),
  displayName: optional(text({ maxLength: 1_000 })),
});

export const GroupReply = object({
  kind: oneOf("calendar#group"),
  id: text(),
  email: text(),
  displayName: optional(text()),
  created: text(),
});

export const GroupsReply = object({ kind: oneOf("calendar#groups"), nextPageToken: optional(text()), items: list(GroupReply) });

export const MemberReply = object({ kind: oneOf("calendar#groupMember"), email: text() });

export const MembersReply = object({
  kind: oneOf("calendar#groupMembers"),
  nextPageToken: optional(text()),
  items: list(MemberReply),
});

/** Refuses what is no address. */
export const checkMember = (email: string): void => {
  if (isAddress(email)) return;
  throw new Failure("invalid", {
    location: "email",
    message: "Invalid value for email: it must be an address like ana@example.org.",
  });
};

export const fromGroup = (group: {
  readonly email: string;
  readonly display_name: string | null;
  readonly created_at: number;
}): Static<typeof GroupReply> => ({
  kind: "calendar#group",
  id: group.email,
  email: group.email,
  ...(group.display_name !== null && { displayName: group.display_name }),
  created: new Date(group.created_at).toISOString(),
});

export const fromMember = (email: string): Static<typeof MemberReply> => ({ kind: "calendar#groupMember", email });
