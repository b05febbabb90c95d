/** Google's own client, unmodified, pointed at the API; and the facts of the contract as tests. */
import { channel } from "node:diagnostics_channel";
import { type calendar_v3, calendar as googleCalendar } from "@googleapis/calendar";
import type { Api, Person } from "#test/support/api.ts";
import { facts } from "./facts.ts";

export type Client = calendar_v3.Calendar;
export type GoogleEvent = calendar_v3.Schema$Event;

/** The client, with only its root URL changed and a credential in one of the ways it has. */
export const clientOf = (api: Pick<Api, "url">, { key }: Pick<Person, "key">): Client =>
  googleCalendar({ version: "v3", rootUrl: `${api.url}/`, headers: { "X-API-Key": key } });

/** The refusal of a call, as a program sees it through the client. */
export const refusalOf = async (call: Promise<unknown>) => {
  try {
    await call;
  } catch (error) {
    const { status, code, message, response } = error as {
      status: number;
      code: number;
      message: string;
      response: { data: { error: { code: number; message: string; errors: Record<string, string>[] } } };
    };
    const body = response.data.error;
    expect({ status: body.code, code: body.code, message: body.message }).toEqual({ status, code, message });
    expect(body.errors).toHaveLength(1);
    expect(body.errors[0]?.message).toBe(message);
    return { status, ...body.errors[0] } as {
      status: number;
      domain: string;
      reason: string;
      message: string;
      locationType?: string;
      location?: string;
    };
  }
  throw new Error("The call passed.");
};

/** A header of an answer: the client has them as fetch does, whatever its types say. */
export const headerOf = (headers: object, name: string): string | null => (headers as Headers).get(name);

/** Follows the pages of any list to the end. */
export const readAll = async <Item>(
  list: (pageToken: string | undefined) => Promise<{
    data: { items?: Item[]; nextPageToken?: string | null; nextSyncToken?: string | null };
  }>,
) => {
  const items: Item[] = [];
  const pages: number[] = [];
  for (let pageToken: string | undefined; ; ) {
    const { data } = await list(pageToken);
    expect(Array.isArray(data.items)).toBe(true);
    expect(data.nextPageToken && data.nextSyncToken).toBeFalsy();
    items.push(...(data.items ?? []));
    pages.push(data.items?.length ?? 0);
    pageToken = data.nextPageToken ?? undefined;
    if (!pageToken) return { items, pages, syncToken: data.nextSyncToken ?? undefined };
  }
};

/** A calendar of a person's own; answers its id. */
export const newCalendarOf = async (client: Client, timeZone = "UTC"): Promise<string> =>
  (await client.calendars.insert({ requestBody: { summary: "Team", timeZone } })).data.id as string;

/** An event that lasts an hour, or so many minutes. */
export const timed = (dateTime: string, timeZone = "UTC", minutes = 60) => ({
  start: { dateTime, timeZone },
  end: { dateTime: new Date(Date.parse(`${dateTime}Z`) + minutes * 60_000).toISOString().slice(0, 19), timeZone },
});

export const startsOf = (items: readonly GoogleEvent[]) => items.map(({ start }) => start?.dateTime ?? start?.date);

export interface Asked {
  readonly method: string;
  readonly path: string;
  readonly query: URLSearchParams;
  readonly headers: Readonly<Record<string, string | string[] | undefined>>;
}

/** Notes every request that reaches a server of this process, as it was on the wire, until `end` is called. */
export const listen = (): { readonly requests: Asked[]; readonly end: () => void } => {
  const started = channel("http.server.request.start");
  const requests: Asked[] = [];
  const note = (message: unknown) => {
    const { method, url, headers } = (message as { request: { method: string; url: string; headers: Asked["headers"] } }).request;
    const { pathname, searchParams } = new URL(url, "http://localhost");
    requests.push({ method, path: pathname, query: searchParams, headers });
  };
  started.subscribe(note);
  return { requests, end: () => started.unsubscribe(note) };
};

/** A test that shows a fact of the contract; the table of facts must name it. */
export const fact = (number: number, title: string, test: () => Promise<void>, timeoutMs?: number): void => {
  it(
    title,
    async () => {
      expect(facts.find((one) => one.number === number)?.tests).toContain(expect.getState().currentTestName);
      await test();
    },
    timeoutMs,
  );
};
