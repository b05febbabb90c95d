import type { AuditEntry, AuditFilter } from "#lib/model/audit.ts";
import { anyObject, flag, integer, list, object, oneOf, optional, type Static, text } from "#lib/schema.ts";
import { readMoment } from "./time.ts";

export const auditParameters = {
  userId: optional(text({ maxLength: 64, description: "The id of the user who did it." })),
  keyId: optional(text({ maxLength: 64, description: "The id of the API key it was done with." })),
  calendarId: optional(text({ maxLength: 320, description: "The id of the calendar it was done to." })),
  action: optional(text({ maxLength: 100, description: "The endpoint's id, `acl.insert`." })),
  from: optional(text({ maxLength: 40, description: "Done then or later; RFC 3339 with an offset." })),
  to: optional(text({ maxLength: 40, description: "Done before then; RFC 3339 with an offset." })),
};

const AuditItem = object({
  kind: oneOf("calendar#auditEntry"),
  id: text({ description: "Its chain and its place in it: `12-345`." }),
  at: text(),
  action: text(),
  userId: text({ description: "Who did it; empty: the server itself." }),
  keyId: text(),
  address: optional(text({ description: "Where the request came from." })),
  correlationId: optional(text()),
  calendarId: optional(text()),
  subject: optional(text({ description: "The user or the address whom it is about." })),
  object: optional(anyObject()),
  before: optional(anyObject()),
  after: optional(anyObject()),
  erased: optional(flag({ description: "What it told of a person has been erased." })),
});

export const AuditReply = object({ kind: oneOf("calendar#audit"), nextPageToken: optional(text()), items: list(AuditItem) });

export const VerifyReply = object({
  kind: oneOf("calendar#auditVerification"),
  intact: flag({ description: "Whether what was read is all as it was written." }),
  complete: flag({ description: "Whether all has been read; if not, go on with `nextPageToken`." }),
  entries: integer(),
  erased: integer({ description: "Entries whose personal part was erased, as it may be." }),
  problems: list(
    object({
      kind: oneOf("altered", "removed", "inserted", "endAltered"),
      first: text({ description: "The id of the entry it begins with." }),
      last: text({ description: "The id of the entry it ends with." }),
    }),
  ),
  nextPageToken: optional(text()),
});

export const toAuditFilter = (
  query: {
    readonly [Name in keyof typeof auditParameters]?: string | undefined;
  },
): AuditFilter => ({
  userId: query.userId,
  keyId: query.keyId,
  calendarId: query.calendarId?.toLowerCase(),
  action: query.action,
  from: readMoment(query.from, "from"),
  to: readMoment(query.to, "to"),
});

const withoutNulls = (values: Readonly<Record<string, string | null>>) =>
  Object.fromEntries(Object.entries(values).filter((pair): pair is [string, string] => pair[1] !== null));

export const fromAuditEntry = (entry: AuditEntry): Static<typeof AuditItem> => {
  const { chain, number, at, action, userId, keyId, address, correlationId, calendarId, subject, details, isErased } = entry;
  return {
    kind: "calendar#auditEntry",
    id: `${chain}-${number}`,
    at: new Date(at).toISOString(),
    ...{ action, userId, keyId },
    ...withoutNulls({ address, correlationId, calendarId, subject }),
    ...(details !== null && JSON.parse(details)),
    ...(isErased && { erased: true }),
  };
};

/** What is wrong, by the ids of the entries that it concerns. */
export const fromProblem = <Kind>({ kind, chain, from, to }: { kind: Kind; chain: number; from: number; to: number }) => ({
  kind,
  first: `${chain}-${from}`,
  last: `${chain}-${to}`,
});
