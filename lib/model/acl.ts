import type { Role } from "./calendar.ts";

/** Whom a rule is for: everybody with a key, one address, a group's members, all addresses of a domain. */
export type AclScope =
  | { readonly type: "default" }
  /** The value is an address or a domain, lower case. */
  | { readonly type: "user" | "group" | "domain"; readonly value: string };

/** A rule of a calendar's access control list. */
export interface AclRule {
  readonly id: string;
  readonly scope: AclScope;
  /** `none`: the rule was taken away. */
  readonly role: Role | "none";
  /** The number of the calendar's change that wrote it. */
  readonly change: number;
}

/** The id a rule has: a calendar has at most one for each scope. */
export const ruleIdOf = (scope: AclScope): string => (scope.type === "default" ? "default" : `${scope.type}:${scope.value}`);
