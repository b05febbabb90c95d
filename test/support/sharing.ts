import type { Answer, Api, Person } from "./api.ts";
import { queryOf } from "./events.ts";

/** A resource as lists show it. */
// biome-ignore lint/suspicious/noExplicitAny: tests look into resources of every shape.
export type Resource = any;

export const calendarPath = (id: string) => `/calendar/v3/calendars/${encodeURIComponent(id)}`;
export const aclPath = (id: string) => `${calendarPath(id)}/acl`;
export const listPath = "/calendar/v3/users/me/calendarList";
export const entryPath = (id: string) => `${listPath}/${encodeURIComponent(id)}`;

/** A person whose address is in another domain than that of the others. */
export const personAt = async (api: Api, email: string): Promise<Person> => {
  const user = await api.call("POST", "/v1/users", { key: api.adminKey, body: { email } });
  const made = await api.call("POST", `/v1/users/${user.body.id}/keys`, { key: api.adminKey, body: { name: "test" } });
  const { key } = made.body as { key: string };
  const withBody = (method: string) => (path: string, body?: unknown, headers?: Record<string, string>) =>
    api.call(method, path, { key, ...(body !== undefined && { body }), ...(headers && { headers }) });
  const without = (method: string) => (path: string, headers?: Record<string, string>) =>
    api.call(method, path, { key, ...(headers && { headers }) });
  return {
    id: user.body.id,
    email,
    key,
    get: without("GET"),
    post: withBody("POST"),
    put: withBody("PUT"),
    patch: withBody("PATCH"),
    delete: without("DELETE"),
  };
};

/** Makes a calendar of a person's own; answers its id. */
export const makeCalendar = async (person: Person, summary = "Team"): Promise<string> =>
  (await person.post("/calendar/v3/calendars", { summary })).body.id;

/** Gives somebody a role on a calendar; answers the rule. */
export const share = async (owner: Person, calendarId: string, to: Person | Resource, role: string): Promise<Resource> => {
  const scope = "email" in to ? { type: "user", value: to.email } : to;
  const answer = await owner.post(aclPath(calendarId), { role, scope });
  if (answer.status !== 200) throw new Error(`The rule was refused: ${JSON.stringify(answer.body)}`);
  return answer.body;
};

/** Follows the pages of a list to the end. */
export const readAll = async (
  person: Person,
  path: string,
  query: Record<string, string | number | boolean> = {},
): Promise<{ items: Resource[]; nextSyncToken: string | undefined; pages: number }> => {
  const items: Resource[] = [];
  let pageToken: string | undefined;
  for (let pages = 1; ; pages += 1) {
    const parameters = queryOf({ ...query, ...(pageToken && { pageToken }) });
    const { status, body } = await person.get(`${path}?${parameters}`);
    if (status !== 200) throw new Error(`The list was refused: ${JSON.stringify(body)}`);
    if (body.nextPageToken && body.nextSyncToken) throw new Error("A page has both tokens.");
    items.push(...body.items);
    pageToken = body.nextPageToken;
    if (!pageToken) return { items, nextSyncToken: body.nextSyncToken, pages };
  }
};

/** A program that keeps a copy of a list by sync tokens: it puts each item in the place of what it had under that id. */
export class Mirror {
  readonly person: Person;
  readonly path: string;
  readonly items = new Map<string, Resource>();
  token: string | undefined;

  constructor(person: Person, path: string) {
    this.person = person;
    this.path = path;
  }

  /** Follows the changes; answers what was told. */
  async sync(maxResults = 250): Promise<Resource[]> {
    const { items, nextSyncToken } = await readAll(this.person, this.path, {
      maxResults,
      ...(this.token && { syncToken: this.token }),
    });
    for (const item of items) this.items.set(item.id, item);
    expect(nextSyncToken).toBeDefined();
    this.token = nextSyncToken;
    return items;
  }

  /** What stands, by id. */
  state(): Resource[] {
    return standing([...this.items.values()]);
  }
}

/** Without what is gone, in the order of ids. */
export const standing = (items: readonly Resource[]): Resource[] =>
  items.filter(({ role, deleted }) => role !== "none" && !deleted).sort((a, b) => (a.id < b.id ? -1 : 1));

/** The location of a failure. */
export const locationOf = (answer: Answer): string | undefined => answer.body.error.errors[0].location;
