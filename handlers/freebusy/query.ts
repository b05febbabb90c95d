import { queryFreeBusy } from "#lib/domain/free-busy/query.ts";
import { endpoint } from "#lib/entry/endpoint.ts";
import { FreeBusyBody, FreeBusyReply, fromFreeBusy, toFreeBusyQuery } from "#lib/wire/free-busy.ts";

export const handler = endpoint({
  id: "freebusy.query",
  route: "POST /calendar/v3/freeBusy",
  summary: "Query free/busy times.",
  description:
    "Tells when calendars, and the calendars of groups' members, are busy. What cannot be read has an error of its own.",
  access: "user",
  scope: "freebusy",
  readsOnly: true,
  path: {},
  body: FreeBusyBody,
  reply: FreeBusyReply,
  errors: ["timeRangeEmpty", "timeRangeTooLong"],

  async run(ctx, { body }) {
    const query = toFreeBusyQuery(body);
    return fromFreeBusy(await queryFreeBusy(ctx, query), query);
  },
});
