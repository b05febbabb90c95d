/**
 * The load balancer's rules, made from the endpoints' own routes: nothing lists paths a second time. The containers get everything under
 * the first segments that any route has; an endpoint that runs as a function gets its exact method and path before that.
 */

/** An endpoint as far as routing goes. */
export interface Routed {
  readonly id: string;
  /** `GET /calendar/v3/calendars/{calendarId}`. */
  readonly route: string;
  readonly containerOnly?: true | undefined;
  /** How long it may work before it sends a byte, ms, where that is longer than others may. */
  readonly timeLimitMs?: number | undefined;
}

export interface PathRule {
  readonly priority: number;
  /** Patterns of the load balancer, `*` for anything. */
  readonly paths: readonly string[];
}

/** A load balancer takes five values in all in one rule. */
const valuesPerRule = 5;
/** After all rules for single endpoints. */
const firstShared = 1_000;

/** What is before the first placeholder, two segments at most: `/calendar/v3`, `/v1/users`, `/health/live`. */
const prefixOf = (route: string): string => {
  const [, path = "/"] = route.split(" ");
  const literal = path.split("/").slice(1, 3);
  const end = literal.findIndex((segment) => segment.includes("{"));
  return `/${(end < 0 ? literal : literal.slice(0, end)).join("/")}`;
};

/** The rules that lead to the containers. */
export const sharedRules = (endpoints: readonly Routed[]): readonly PathRule[] => {
  const prefixes = [...new Set(endpoints.map(({ route }) => prefixOf(route)))].sort();
  const paths = prefixes.flatMap((prefix) =>
    endpoints.some(({ route }) => route.split(" ")[1] === prefix) ? [prefix, `${prefix}/*`] : [`${prefix}/*`],
  );
  return Array.from({ length: Math.ceil(paths.length / valuesPerRule) }, (_, index) => ({
    priority: firstShared + index,
    paths: paths.slice(index * valuesPerRule, (index + 1) * valuesPerRule),
  }));
};

/** A route as the load balancer's regular expression: exactly this path, so that no longer one is caught with it. */
export const exactPath = (route: string): { readonly method: string; readonly path: string } => {
  const [method = "", path = ""] = route.split(" ");
  const pattern = path
    .split(/\{\w+\}/)
    .map((literal) => literal.replaceAll(/[.+?^$()|[\]\\]/g, "\\$&"))
    .join("[^/]+");
  return { method, path: `^${pattern}$` };
};
