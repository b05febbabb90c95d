import { insertRule } from "#lib/domain/acl/insert.ts";
import { endpoint } from "#lib/entry/endpoint.ts";
import { flag, optional } from "#lib/schema.ts";
import { AclRuleBody, AclRuleReply, fromRule, readRole, readScope } from "#lib/wire/acl.ts";
import { CalendarId } from "#lib/wire/common.ts";

export const handler = endpoint({
  id: "acl.insert",
  route: "POST /calendar/v3/calendars/{calendarId}/acl",
  summary: "Share a calendar.",
  description:
    "Gives an address, a group, a domain or everybody a role on a calendar, in the place of the one they had. For its owners.",
  access: "user",
  scope: "calendars.write",
  path: { calendarId: CalendarId },
  query: { sendNotifications: optional(flag()) },
  body: AclRuleBody,
  reply: AclRuleReply,
  errors: ["notFound", "requiredAccessLevel", "cannotChangeOwnAcl", "cannotChangeOwnerAcl", "quotaExceeded"],

  async run(ctx, { path, body }) {
    return fromRule(await insertRule(ctx, { ...path, scope: readScope(body), role: readRole(body) }));
  },
});
