import { getRule } from "#lib/domain/acl/get.ts";
import { endpoint } from "#lib/entry/endpoint.ts";
import { AclRuleReply, fromRule } from "#lib/wire/acl.ts";
import { CalendarId, RuleId } from "#lib/wire/common.ts";

export const handler = endpoint({
  id: "acl.get",
  route: "GET /calendar/v3/calendars/{calendarId}/acl/{ruleId}",
  summary: "Read an access control rule.",
  description: "Reads what one address, group or domain, or everybody, may do with a calendar. For its writers.",
  access: "user",
  scope: "calendars.read",
  path: { calendarId: CalendarId, ruleId: RuleId },
  reply: AclRuleReply,
  errors: ["notFound", "requiredAccessLevel"],

  async run(ctx, { path }) {
    return fromRule(await getRule(ctx, path));
  },
});
