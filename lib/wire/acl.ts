import { Failure } from "#lib/errors.ts";
import { type AclRule, type AclScope, ruleIdOf } from "#lib/model/acl.ts";
import { type Role, roles } from "#lib/model/calendar.ts";
import { etagOf } from "#lib/model/etag.ts";
import { list, maybe, object, oneOf, optional, type Static, text } from "#lib/schema.ts";
import { isAddress, isDomain } from "./address.ts";

const AclRole = oneOf("none", ...roles);
const scopeType = oneOf("default", "user", "group", "domain");

export const AclRuleBody = object({
  role: maybe(AclRole),
  scope: maybe(
    object({
      type: maybe(scopeType),
      value: maybe(text({ maxLength: 320, description: "An address or a domain; nothing for `default`." })),
    }),
  ),
});
export type AclRuleBody = Static<typeof AclRuleBody>;

export const AclRuleReply = object({
  kind: oneOf("calendar#aclRule"),
  etag: text(),
  id: text(),
  role: AclRole,
  scope: object({ type: scopeType, value: optional(text()) }),
});

export const AclReply = object({
  kind: oneOf("calendar#acl"),
  etag: text(),
  nextPageToken: optional(text()),
  nextSyncToken: optional(text()),
  items: list(AclRuleReply),
});

const missing = (location: string) => new Failure("required", { location, message: `Missing required field: ${location}.` });

/** Reads the scope of a rule that is new. Throws `required`, `invalid`. */
export const readScope = ({ scope }: AclRuleBody): AclScope => {
  if (!scope) throw missing("scope");
  const { type, value } = scope;
  if (!type) throw missing("scope.type");
  if (type === "default") return { type };
  if (!value) throw missing("scope.value");
  if (!(type === "domain" ? isDomain(value) : isAddress(value))) {
    const what = type === "domain" ? "a domain like example.org" : "an address like ana@example.org";
    throw new Failure("invalid", { location: "scope.value", message: `Invalid value for scope.value: it must be ${what}.` });
  }
  return { type, value: value.toLowerCase() };
};

/** Reads the role that a rule must have. Throws `required`. */
export const readRole = ({ role }: AclRuleBody): Role | "none" => {
  if (!role) throw missing("role");
  return role;
};

/** Refuses a body that names another scope than the path's rule: whom a rule is for cannot be changed. */
export const checkScope = (body: AclRuleBody, ruleId: string): void => {
  if (!body.scope?.type || ruleIdOf(readScope(body)) === ruleId.toLowerCase()) return;
  throw new Failure("invalid", {
    location: "scope",
    message: "Invalid value for scope: whom a rule is for cannot be changed. Delete this rule and insert another one.",
  });
};

export const fromRule = (rule: AclRule): Static<typeof AclRuleReply> => ({
  kind: "calendar#aclRule",
  etag: etagOf(rule.change),
  id: rule.id,
  role: rule.role,
  scope: { ...rule.scope },
});

export const fromRules = ({
  items,
  change,
  nextPageToken,
  nextSyncToken,
}: {
  readonly items: readonly AclRule[];
  readonly change: number;
  readonly nextPageToken?: string;
  readonly nextSyncToken?: string;
}): Static<typeof AclReply> => ({
  kind: "calendar#acl",
  etag: etagOf(change),
  ...(nextPageToken !== undefined && { nextPageToken }),
  ...(nextSyncToken !== undefined && { nextSyncToken }),
  items: items.map(fromRule),
});
