import type { Answer, Person } from "./api.ts";

/** An event as answers show it. */
// biome-ignore lint/suspicious/noExplicitAny: tests look into events of every shape.
export type Item = any;

/** What one list answered over all its pages. */
export interface Whole {
  readonly items: Item[];
  readonly pages: number;
  readonly nextSyncToken: string | undefined;
}

/** A calendar of a person's own, and the calls its tests make: `path` is below `events`. */
export interface TestCalendar {
  readonly id: string;
  readonly path: string;
  insert(body: object): Promise<Item>;
  get(path: string, headers?: Record<string, string>): Promise<Answer>;
  patch(path: string, body: object, headers?: Record<string, string>): Promise<Answer>;
  put(path: string, body: object, headers?: Record<string, string>): Promise<Answer>;
  delete(path: string, headers?: Record<string, string>): Promise<Answer>;
  post(path: string, body: object): Promise<Answer>;
  /** Follows the pages of `events{query}`, or of another list below the calendar, to the end. */
  list(query?: Record<string, string | number | boolean | readonly string[]>, path?: string): Promise<Whole>;
}

/** Makes a secondary calendar for a test. */
export const newCalendar = async (person: Person, timeZone = "UTC"): Promise<TestCalendar> => {
  const made = await person.post("/calendar/v3/calendars", { summary: "Test", timeZone });
  const id = made.body.id as string;
  const path = `/calendar/v3/calendars/${encodeURIComponent(id)}/events`;
  const below = (rest: string) => (rest === "" || rest.startsWith("?") ? `${path}${rest}` : `${path}/${rest}`);
  return {
    id,
    path,
    insert: async (body) => {
      const answer = await person.post(path, body);
      if (answer.status !== 200) throw new Error(`The event was refused: ${JSON.stringify(answer.body)}`);
      return answer.body;
    },
    get: (rest, headers) => person.get(below(rest), headers),
    patch: (rest, body, headers) => person.patch(below(rest), body, headers),
    put: (rest, body, headers) => person.put(below(rest), body, headers),
    delete: (rest, headers) => person.delete(below(rest), headers),
    post: (rest, body) => person.post(below(rest), body),
    list: async (query = {}, rest = "") => {
      const items: Item[] = [];
      let pageToken: string | undefined;
      for (let pages = 1; ; pages += 1) {
        const answer = await person.get(`${below(rest)}?${queryOf({ ...query, ...(pageToken && { pageToken }) })}`);
        if (answer.status !== 200) throw new Error(`The list was refused: ${JSON.stringify(answer.body)}`);
        const { nextPageToken, nextSyncToken } = answer.body;
        if (nextPageToken && nextSyncToken) throw new Error("A page has both tokens.");
        if (query.maxResults && answer.body.items.length > Number(query.maxResults)) throw new Error("A page is too long.");
        items.push(...answer.body.items);
        pageToken = nextPageToken;
        if (!pageToken) return { items, pages, nextSyncToken };
        if (pages > 10_000) throw new Error("The pages do not end.");
      }
    },
  };
};

/** A query string; lists are repeated parameters. */
export const queryOf = (query: Record<string, string | number | boolean | readonly string[]>): string => {
  const parameters = new URLSearchParams();
  for (const [name, value] of Object.entries(query)) {
    for (const one of Array.isArray(value) ? value : [value]) parameters.append(name, String(one));
  }
  return parameters.toString();
};

/** A timed event: `at("2026-03-09T09:00:00", "Europe/Berlin")` lasts an hour. */
export const at = (dateTime: string, timeZone = "UTC", minutes = 60) => ({
  start: { dateTime, timeZone },
  end: { dateTime: new Date(Date.parse(`${dateTime}Z`) + minutes * 60_000).toISOString().slice(0, 19), timeZone },
});

/** An all-day event of so many days. */
export const on = (date: string, days = 1) => ({
  start: { date },
  end: { date: new Date(Date.parse(`${date}T00:00:00Z`) + days * 86_400_000).toISOString().slice(0, 10) },
});

export const idsOf = (items: readonly Item[]): string[] => items.map(({ id }) => id);
export const startsOf = (items: readonly Item[]): string[] => items.map(({ start }) => start.dateTime ?? start.date);
