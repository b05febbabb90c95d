import { updateRule } from "#lib/domain/acl/update.ts";
import { endpoint } from "#lib/entry/endpoint.ts";
import { flag, optional } from "#lib/schema.ts";
import { AclRuleBody, AclRuleReply, checkScope, fromRule, readRole } from "#lib/wire/acl.ts";
import { CalendarId, RuleId } from "#lib/wire/common.ts";

export const handler = endpoint({
  id: "acl.update",
  route: "PUT /calendar/v3/calendars/{calendarId}/acl/{ruleId}",
  summary: "Replace an access control rule.",
  description:
    "Gives the address, group or domain of a rule another role; `none` takes the rule away. For owners of the calendar.",
  access: "user",
  scope: "calendars.write",
  path: { calendarId: CalendarId, ruleId: RuleId },
  query: { sendNotifications: optional(flag()) },
  body: AclRuleBody,
  reply: AclRuleReply,
  errors: ["notFound", "requiredAccessLevel", "conditionNotMet", "cannotChangeOwnAcl", "cannotChangeOwnerAcl"],

  async run(ctx, { path, body, ifMatch }) {
    checkScope(body, path.ruleId);
    return fromRule(await updateRule(ctx, { ...path, role: readRole(body), ifMatch }));
  },
});
