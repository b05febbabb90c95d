/** The checkable facts of Google Calendar's contract, and the tests that show each of them. `npm test` fails when one has none. */
export interface Fact {
  readonly number: number;
  readonly says: string;
  /** Full titles of tests in this folder. */
  readonly tests: readonly string[];
  /** Tests in other folders that show more of it: their file and their own title. */
  readonly elsewhere?: readonly (readonly [file: string, title: string])[];
  /** Where it stands on weak feet, or this server differs on purpose. */
  readonly note?: string;
}

export const facts: readonly Fact[] = [
  {
    number: 1,
    says: "A key is taken as ?key=, X-Goog-Api-Key, Authorization: Bearer or X-API-Key alike, also below a path of a proxy's, and no query is logged.",
    tests: [
      "a credential is taken in each of the four ways the client can show it, also behind a path prefix, and never logged",
      "a credential that is wrong or missing is refused with 401 in each of the four ways",
    ],
  },
  {
    number: 2,
    says: "Ids in paths come percent-encoded; a slash inside of one is part of it. The client itself refuses `..`.",
    tests: ["a request has ids percent-encoded: one with a slash, a hash, spaces or any letter reaches its method whole"],
  },
  {
    number: 3,
    says: "Lists are repeated parameters, booleans are words; methods without a body come without a type.",
    tests: ["a request repeats arrays, writes booleans as words, and has no body and no type where there is nothing to say"],
  },
  {
    number: 4,
    says: "The client repeats what failed with 429 or 5xx, but no POST or PATCH: a lost insert is found out by its own id.",
    tests: [
      "a request is tried again by the client unless it is a POST or PATCH; with an id of its own an insert can be repeated",
    ],
  },
  {
    number: 5,
    says: "Errors are {error: {errors: [{domain, reason, message, locationType?, location?}], code, message}}.",
    tests: ["an answer that refuses has Google's body, which the client shows as status, code and message"],
    note: "The reference has the client show `e.errors`; version 20.0.1 (gaxios 7) has the list in `e.response.data.error.errors` and `e.cause.errors` alone.",
  },
  {
    number: 6,
    says: "304 is a success without data; an empty 204 says Content-Length: 0 and has a Date.",
    tests: ["an answer 304 comes as success without data; one of 204 is empty, says so in Content-Length, and has a Date"],
    note: "[k] in the reference; the types say that these methods answer nothing (`void`).",
  },
  {
    number: 7,
    says: "Answers are packed on demand; JSON is application/json; charset=UTF-8.",
    tests: ["an answer is packed when the client asks for it, which it always does, and is JSON in UTF-8 by its type"],
  },
  {
    number: 8,
    says: "A batch answers each part under response- and its Content-ID, with a full status line; parts have credentials of their own.",
    tests: [
      "A batch answers each part under its Content-ID, with a status line, and lets it in by its own credential",
      "A batch has up to 50 parts by Google's rule, and 1,000 here",
    ],
    elsewhere: [
      ["test/batch/batch.test.ts", "makes its calls in their order and answers each under its id, with status, headers and body"],
      ["test/e2e/python-client.test.ts", "calls, pages, batches and hears of errors with its key as %s"],
    ],
    note: "Google's bound of 50 parts is 1,000 here. [k] in the reference: order is kept here, atomicity is not promised.",
  },
  {
    number: 9,
    says: "The Discovery document redirects whole clients, batches included.",
    tests: ["The Discovery document sends a client here, for single calls as for batches"],
    elsewhere: [
      ["test/e2e/python-client.test.ts", "calls, pages, batches and hears of errors with its key as %s"],
      ["test/discovery/discovery.test.ts", "tells of every endpoint of Google's surface, and of no other"],
    ],
  },
  {
    number: 10,
    says: "Pages of events have 250 items, at most 2,500; of rules, calendars and settings 100, at most 250. More is cut, not refused.",
    tests: [
      "a page of events has 250 items when nothing is said, and is cut to 2,500, not refused",
      "a page of rules, calendars or settings has 100 items when nothing is said, and is cut to 250",
    ],
  },
  {
    number: 11,
    says: "Only the last page has a sync token, all others have a page token; items are always there.",
    tests: ["a page before the last has a page token, the last has the sync token, none has both, and items are always a list"],
  },
  {
    number: 12,
    says: "A sync token is refused beside parameters it stands for; deletions (and hidden calendars) are always told, a calendar's own changes are no change of its entry.",
    tests: [
      "a sync token of events is refused beside what it stands for, and always tells of deletions",
      "a sync token of calendars is refused beside a filter, tells of hidden and deleted ones, and not of the calendar's own changes",
    ],
  },
  {
    number: 13,
    says: "An expired sync token is 410 fullSyncRequired, a malformed one 400 `Invalid sync token value.`",
    tests: [
      "a sync token that has expired is refused with 410 fullSyncRequired, one that is none with 400, in Google's very words",
    ],
  },
  {
    number: 14,
    says: "updatedMin shows deletions whatever showDeleted says; too long ago is 410 updatedMinTooLongAgo.",
    tests: [
      "a list of events since updatedMin has deleted ones whatever showDeleted says, and is refused for a time that is no longer kept",
    ],
  },
  {
    number: 15,
    says: "A full list tells of no deletions.",
    tests: ["a list of events without a token does not tell of deleted ones: a client that has lost its token compares"],
  },
  {
    number: 16,
    says: "Series and changed instances come side by side.",
    tests: ["a list of events has series and changed instances side by side; an instance says whose it is, and where it was"],
  },
  {
    number: 17,
    says: "timeMin bounds ends, timeMax starts, both exclusive, with offsets and without milliseconds; in events.instances timeMin is inclusive.",
    tests: [
      "a window has what ends after timeMin and starts before timeMax, both exclusive and to the second",
      "a window needs offsets, and an end after its beginning",
      "a window of a series' instances has what ends at timeMin too",
    ],
  },
  {
    number: 18,
    says: "singleEvents lists instances in the place of series; orderBy=startTime needs it.",
    tests: [
      "a series is listed as itself and its exceptions, or with singleEvents as its instances, never as both",
      "a series can be ordered by start only as its instances; by update both ways; otherwise the order is stable",
    ],
  },
  {
    number: 19,
    says: "Cancelled instances are listed beside their series even without showDeleted; deleted series are listed as instances with singleEvents.",
    tests: ["a series shows its cancelled instances where it is listed itself, and all of its instances once it is deleted"],
    note: "The types' text of events.instances says the same of singleEvents=false, a parameter that events.instances does not have.",
  },
  {
    number: 20,
    says: "q searches titles, texts, places, people and places of work; properties are name=value and must all hold.",
    tests: [
      "a list is searched by q in titles, texts, places, people and places of work",
      "a list is filtered by properties name=value, of which several must all hold, and by types",
    ],
  },
  {
    number: 21,
    says: "timeZone renders, the calendar's zone is the default; maxAttendees leaves only the reader.",
    tests: [
      "a list writes times in the zone that is asked for, else in the calendar's",
      "a list with maxAttendees shows of a longer list of guests only the reader, and says that it does",
    ],
  },
  {
    number: 22,
    says: "Deleted events can be read as cancelled; deleting one again is 410.",
    tests: ["a deleted event can still be read, as cancelled; deleting it again is 410"],
  },
  {
    number: 23,
    says: "Ids are 5 to 1,024 letters a to v and digits, unique per calendar (409), and not the iCalUID.",
    tests: [
      "an event's id may be the client's: 5 to 1,024 letters a to v and digits, once per calendar",
      "an event's id is not its iCalUID, which all instances of a series share and which stays the same",
    ],
  },
  {
    number: 24,
    says: "An instance's id is its series' and its original start in UTC, or its date.",
    tests: ["an event's id of an instance is its series' and its original start, in UTC, or as a date"],
    elsewhere: [["test/events/split.test.ts", "ends it before an instance and begins a new one there, with the changes"]],
    note: "Google names what follows a split `<id>_R<start>`; here it has an id of its own.",
  },
  {
    number: 25,
    says: "Every instance can be read and written by its id; originalStartTime, recurringEventId, eventType and privateCopy never change.",
    tests: [
      "a deleted event guarantees its id; a cancelled instance its id, its series, its original start and its status",
      "an instance that nobody has written can be got, patched, updated and deleted by its id, and keeps its place in the series",
      "an event's times and words that cannot change are its type, and whether it is a private copy",
    ],
  },
  {
    number: 26,
    says: "Dates or times, exclusive ends; series need start.timeZone; recurrence has no DTSTART and no DTEND.",
    tests: [
      "an event's times are dates or times, not both, with an exclusive end; without an offset a zone is needed, and in a series always",
      "an event's times recur by RRULE, EXRULE, RDATE and EXDATE lines; DTSTART and DTEND lines are refused",
    ],
  },
  {
    number: 27,
    says: "A sequence below the stored one is 400 `Invalid sequence value.`",
    tests: ["a change with a lower sequence is refused in the words that clients know"],
  },
  {
    number: 28,
    says: "A patch keeps, removes by null and replaces lists; an update replaces all. Reminders do not make an event newer.",
    tests: [
      "a change by patch keeps what it does not name, removes what it names null, and replaces lists whole",
      "a change by update replaces all, also with what is not there",
      "a change of reminders alone does not change when the event was updated",
    ],
    note: "[k] in the reference: the types say of patch that it has patch semantics, and of update only that it updates.",
  },
  {
    number: 29,
    says: "The ETag of the body is that of the header; If-Match 412, If-None-Match 304.",
    tests: [
      "conditions and selections An ETag is quoted, in the body as in the header; If-Match and If-None-Match are kept",
      "conditions and selections A calendar, an entry of the list and a rule have ETags like an event's",
    ],
    note: "[k] in the reference; the types only have `etag`.",
  },
  {
    number: 30,
    says: "fields selects parts; a wrong selection is 400 invalidParameter.",
    tests: [
      "conditions and selections fields selects parts of an answer, by brackets, slashes and stars; a wrong selection is refused",
    ],
    note: "[k] in the reference: the types say only that `fields` is a selector.",
  },
  {
    number: 31,
    says: "sendUpdates and sendNotifications; conferenceDataVersion, supportsAttachments and eventLabelVersion say what a client knows.",
    tests: [
      "what a client says of whom to tell is taken in both ways; of parts it does not know, its bodies change nothing",
      "what a client says is limited: 25 attachments, 200 labels of a calendar with names of 50 letters",
    ],
  },
  {
    number: 32,
    says: "Up to five reminders, email or popup, 0 to 40,320 minutes before.",
    tests: [
      "what a client says of reminders is up to five, by email or popup, up to four weeks before, and not beside the default ones",
    ],
  },
  {
    number: 33,
    says: "import needs an iCalUID, keeps the organizer, and writes the same event again; quickAdd makes an hour.",
    tests: [
      "further ways to write import needs a UID, keeps the organizer, takes only the default type, and knows its event again",
      "further ways to write quickAdd makes an event of an hour from a phrase",
    ],
    note: "[k] in the reference: that an import writes the same event again, and that quickAdd makes an hour, is not in the types.",
  },
  {
    number: 34,
    says: "move changes the organizer, of default events that are no instances; primary calendars are cleared, secondary ones deleted.",
    tests: [
      "further ways to write move gives an event another calendar and organizer; instances and special types stay where they are",
      "further ways to write Only secondary calendars are deleted, only primary ones cleared",
    ],
  },
  {
    number: 35,
    says: "Private events hide their details from readers and writers without private access; transparent ones take up no time.",
    tests: [
      "others Private and confidential events hide what they say from readers, and from writers without private access",
      "others Transparent events take up no time",
    ],
  },
  {
    number: 36,
    says: "Each guest has an event with self and responseStatus; with more than 200 guests answers reach the organizer alone.",
    tests: ["others Guests have an event each, with themselves marked and an answer of their own, which reaches all up to 200"],
  },
  {
    number: 37,
    says: "Five roles and none, for everybody, users, groups and domains; one's own rule cannot be changed.",
    tests: [
      "a rule of access gives a role to everybody, a user, a group or a domain, and has its id from them",
      "a rule of access that is deleted is told with the role none; who has none does not know of the calendar",
      "a rule of access lets each role do what Google lets it",
      "a rule of access of one's own, or of the calendar's owner, cannot be changed",
    ],
    elsewhere: [["test/acl/roles.test.ts", "add up to the strongest that any rule gives"]],
    note: "[k] in the reference: the types do not say how rules' ids are made.",
  },
  {
    number: 38,
    says: "What cannot be read is an error of its own in a free/busy answer of 200; times are in UTC or the zone that is asked for.",
    tests: [
      "a query for busy times is answered in UTC or the zone that is asked for; what cannot be read has an error of its own",
      "a query for busy times opens groups up to groupExpansionMax, and reads calendars up to calendarExpansionMax",
    ],
    elsewhere: [["test/freebusy/limits.test.ts", "refuses a longer time than the server is set to, as Google does"]],
    note: "Google's bounds (50 calendars, 100 members, about three months) are the server's to set: none unless FREEBUSY_MAX_CALENDARS or FREEBUSY_MAX_DAYS say so.",
  },
  {
    number: 39,
    says: "Channels: sync first, then exists or not_exists, numbered, with X-Goog headers and no body; stopped by id and resourceId.",
    tests: [
      "A channel tells that it is open, then of changes, in headers alone; its expiration is a number in and a text out",
      "A channel is of either word for a web hook, lives as long as params.ttl says, and is refused without https",
      "A second channel overlaps the first; each is stopped by its id and its resource's",
      "A channel on something that is deleted tells that it is no more",
    ],
    elsewhere: [
      ["test/push/messages.test.ts", "tells that a channel is open, then of each change, with Google's headers and no body"],
    ],
  },
  {
    number: 40,
    says: "The settings are Google's twelve.",
    tests: ["a user's settings are Google's twelve, with values that are texts"],
    note: "[k] in the reference: the types do not list the settings' ids.",
  },
  {
    number: 41,
    says: "The palette is Google's.",
    tests: ["the palette has Google's 11 colours of events and 24 of calendars"],
  },
  {
    number: 42,
    says: "Refusals have Google's words, exactly.",
    tests: [
      "a refusal has Google's status, domain, reason, message and location, whatever triggers it",
      "a refusal that no trigger here brings about is shown by another test, or cannot be brought about by a client",
      "a refusal has one of the reasons that tools know, or there is a word on why it never has it",
    ],
  },
];
