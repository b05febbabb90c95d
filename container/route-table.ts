import type { ALBEvent, ALBResult, Context } from "aws-lambda";
import findMyWay from "find-my-way";
import { malformedRequest, noRoute, type Refusal } from "./refusal.ts";

/** One endpoint: a verb, a route template and the Lambda handler behind it. */
export interface Mount {
  /** An HTTP verb in capitals; WebDAV's count too. A mount for GET answers HEAD as well, unless HEAD has its own. */
  readonly method: string;
  /**
   * "/calendar/v3/calendars/{calendarId}/events". A placeholder takes one non-empty path segment or a part of one
   * ("/feeds/{secret}.ics"), `{name+}` at the end takes the rest of the path, "" included. An encoded slash (%2F) does not
   * end a segment.
   */
  readonly route: string;
  /** An ALB event has no path parameters: the handler reads them from `event.path` by its own template. */
  readonly handler: (event: ALBEvent, context: Context) => Promise<ALBResult>;
  /** Runs even when all slots are taken and the queue is full: for health checks, which must not fail because of load. */
  readonly alwaysAdmit?: boolean;
}

/**
 * Looks mounts up by verb and raw path; gives the refusal to answer with when there is none. Static segments win over
 * placeholders; case and trailing slashes count.
 * Throws, naming both, when two mounts could answer the same requests.
 */
export const routeTable = (mounts: readonly Mount[]): ((method: string, path: string) => Mount | Refusal) => {
  const router = findMyWay({
    caseSensitive: true,
    maxParamLength: 1 << 20, // ids may be long; the HTTP parser already bounds the whole request line
    querystringParser: () => ({}),
    onBadUrl: () => {},
  });
  const seen = new Map<string, Mount>();
  for (const mount of mounts) {
    const key = `${mount.method} ${mount.route.replaceAll(/\{[^}+]*(\+?)\}/g, "{$1}")}`;
    const other = seen.get(key);
    if (other) throw new Error(`Two handlers for one route: ${nameOf(other)} and ${nameOf(mount)}`);
    seen.set(key, mount);
    router.on(mount.method as findMyWay.HTTPMethod, toPattern(mount.route), () => {}, mount);
  }
  const methods = [...new Set(mounts.map((mount) => mount.method))];

  const find = (method: string, path: string): Mount | Refusal | undefined => {
    const found = router.find(method as findMyWay.HTTPMethod, path);
    if (found === null) return undefined;
    if (found.store === null || found.store === undefined) return malformedRequest;
    if ((path.includes("//") || path.endsWith("/")) && hasEmptySegment(found.params)) return undefined;
    return found.store as Mount;
  };

  return (method, path) => {
    const match = find(method, path) ?? (method === "HEAD" ? find("GET", path) : undefined);
    if (match !== undefined) return match;
    const allow = new Set<string>();
    for (const other of methods) {
      const match = find(other, path);
      if (match === undefined) continue;
      if ("kind" in match) return match;
      allow.add(other);
      if (other === "GET") allow.add("HEAD");
    }
    return noRoute([...allow].sort());
  };
};

const nameOf = (mount: Mount): string => `${mount.method} ${mount.route}`;

const hasEmptySegment = (params: Record<string, string | undefined>): boolean => {
  for (const name in params) if (params[name] === "" && name !== "*") return true;
  return false;
};

/** find-my-way's way of writing a template: ":name", "*", and a pattern of its own for a part of a segment. */
const toPattern = (route: string): string => {
  if (!route.startsWith("/")) throw new Error(`A route starts with "/", this one does not: ${route}`);
  let count = 0;
  return route
    .split("/")
    .map((segment) => {
      if (/^\{[^{}]+\+\}$/.test(segment)) return "*";
      if (/^\{[^{}]+\}$/.test(segment)) return `:p${count++}`;
      return segment.replaceAll(":", "::").replaceAll(/\{[^{}]+\}/g, () => `:p${count++}(.+?)`);
    })
    .join("/");
};
