import { updateRule } from "#lib/domain/acl/update.ts";
import { endpoint } from "#lib/entry/endpoint.ts";
import { CalendarId, RuleId } from "#lib/wire/common.ts";

export const handler = endpoint({
  id: "acl.delete",
  route: "DELETE /calendar/v3/calendars/{calendarId}/acl/{ruleId}",
  summary: "Take an access control rule away.",
  description: "Ends what a rule allows; who loses access by it loses the calendar from their list. For owners of the calendar.",
  access: "user",
  scope: "calendars.write",
  path: { calendarId: CalendarId, ruleId: RuleId },
  errors: ["notFound", "requiredAccessLevel", "conditionNotMet", "cannotChangeOwnAcl", "cannotChangeOwnerAcl"],

  async run(ctx, { path, ifMatch }) {
    await updateRule(ctx, { ...path, role: "none", ifMatch });
  },
});
