import { updateRule } from "#lib/domain/acl/update.ts";
import { endpoint } from "#lib/entry/endpoint.ts";
import { flag, optional } from "#lib/schema.ts";
import { AclRuleBody, AclRuleReply, checkScope, fromRule } from "#lib/wire/acl.ts";
import { CalendarId, RuleId } from "#lib/wire/common.ts";

export const handler = endpoint({
  id: "acl.patch",
  route: "PATCH /calendar/v3/calendars/{calendarId}/acl/{ruleId}",
  summary: "Change an access control rule.",
  description: "Changes the role of a rule if the body names one; `none` takes the rule away. For owners of the calendar.",
  access: "user",
  scope: "calendars.write",
  path: { calendarId: CalendarId, ruleId: RuleId },
  query: { sendNotifications: optional(flag()) },
  body: AclRuleBody,
  reply: AclRuleReply,
  errors: ["notFound", "requiredAccessLevel", "conditionNotMet", "cannotChangeOwnAcl", "cannotChangeOwnerAcl"],

  async run(ctx, { path, body, ifMatch }) {
    checkScope(body, path.ruleId);
    return fromRule(await updateRule(ctx, { ...path, role: body.role ?? undefined, ifMatch }));
  },
});
