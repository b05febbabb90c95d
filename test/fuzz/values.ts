/** Values made from the endpoints' own schemas. What only the server knows, ids and tokens, stands in them as a {@link Ref}. */
import fc from "fast-check";
import * as texts from "./texts.ts";

/** What a scene has of the real things. */
export type Kind =
  | "calendarId"
  | "eventId"
  | "ruleId"
  | "userId"
  | "keyId"
  | "email"
  | "groupId"
  | "channelId"
  | "resourceId"
  | "pageToken"
  | "syncToken"
  | "setting"
  | "etag";

/** Stands for something that exists when the request is sent. */
export class Ref {
  readonly kind: Kind;
  readonly pick: number;
  constructor(kind: Kind, pick: number) {
    this.kind = kind;
    this.pick = pick;
  }
}

const ref = (kind: Kind): fc.Arbitrary<Ref> => fc.nat(9_999).map((pick) => new Ref(kind, pick));

/** As much of JSON Schema as the endpoints use. */
export interface Schema {
  readonly type?: string | readonly string[];
  readonly enum?: readonly unknown[];
  readonly pattern?: string;
  readonly minLength?: number;
  readonly maxLength?: number;
  readonly minimum?: number;
  readonly maximum?: number;
  readonly minItems?: number;
  readonly maxItems?: number;
  readonly items?: Schema;
  readonly properties?: Readonly<Record<string, Schema>>;
  readonly additionalProperties?: boolean | Schema;
}

/** Where messages may be posted to in this test: to this machine, where nobody listens, or nowhere. */
const addresses = [
  "http://127.0.0.1:1025/",
  "https://127.0.0.1:1025/hook?x=1",
  "https://[::1]:1025/",
  "https://localhost:1025/",
  "https://10.0.0.1/",
  "https://169.254.169.254/latest/meta-data",
  "https://0x7f000001/",
  "https://[::ffff:10.0.0.1]/",
  "ftp://127.0.0.1/",
  "https://user:secret@127.0.0.1/",
  "https://127.0.0.1:22/",
];

const leadsNowhere = (text: string) => !URL.canParse(text) || addresses.includes(text);

const email: fc.Arbitrary<unknown> = fc.oneof(
  { weight: 3, arbitrary: ref("email") },
  { weight: 2, arbitrary: fc.constant("guest@example.net") },
  { weight: 2, arbitrary: fc.nat(500).map((number) => `guest${number}@example.net`) },
  { weight: 1, arbitrary: ref("groupId") },
);
const oddEmail = fc.oneof(
  texts.oddText,
  fc.constantFrom("@", "a@", "@b", "a@b", `${"a".repeat(64)}@b.c`, "ＡＮＡ@example.org", "a@b@c"),
);

/** Names that rules know more of than their schemas say; first what is sent mostly, then what is sent to mutate. */
const byName: Readonly<Record<string, readonly [fc.Arbitrary<unknown>, fc.Arbitrary<unknown>]>> = {
  calendarId: [
    fc.oneof({ weight: 5, arbitrary: ref("calendarId") }, { weight: 1, arbitrary: fc.constant("primary") }),
    texts.oddText,
  ],
  destination: [ref("calendarId"), texts.oddText],
  calendar: [ref("calendarId"), texts.oddText],
  eventId: [ref("eventId"), texts.oddText],
  ruleId: [ref("ruleId"), fc.oneof(texts.oddText, fc.constantFrom("user:", "default", "domain:example.org", "group:x", "a:b:c"))],
  groupId: [ref("groupId"), texts.oddText],
  userId: [fc.oneof(fc.constant("me"), ref("userId")), texts.oddText],
  user: [ref("userId"), texts.oddText],
  keyId: [ref("keyId"), texts.oddText],
  key: [ref("keyId"), texts.oddText],
  setting: [ref("setting"), texts.oddText],
  email: [email, oddEmail],
  newDataOwner: [email, oddEmail],
  pageToken: [ref("pageToken"), texts.oddText],
  syncToken: [ref("syncToken"), texts.oddText],
  resourceId: [ref("resourceId"), texts.oddText],
  timeMin: [texts.moment, texts.oddMoment],
  timeMax: [texts.moment, texts.oddMoment],
  updatedMin: [fc.oneof(texts.moment, fc.constant("2026-01-01T00:00:00Z")), texts.oddMoment],
  originalStart: [fc.oneof(texts.moment, texts.day), texts.oddMoment],
  expires: [fc.constantFrom("2099-01-01T00:00:00Z", "2030-06-01T00:00:00+02:00"), texts.oddMoment],
  date: [texts.day, texts.oddDay],
  dateTime: [texts.moment, texts.oddMoment],
  timeZone: [texts.zoneName, texts.oddZoneName],
  action: [fc.constantFrom("events.insert", "acl.insert", "keys.insert"), texts.oddText],
  from: [fc.oneof(texts.day, texts.moment), texts.oddMoment],
  to: [fc.oneof(texts.day, texts.moment), texts.oddMoment],
  recurrence: [fc.tuple(texts.rule).map((lines) => [...lines]), fc.array(fc.oneof(texts.rule, texts.oddRule), { maxLength: 6 })],
  calendars: [fc.array(ref("calendarId"), { minLength: 1, maxLength: 3 }), fc.array(texts.oddText, { maxLength: 3 })],
  ipRanges: [
    fc.constant(["127.0.0.0/8", "::1/128"]),
    fc.array(fc.oneof(fc.constantFrom("10.0.0.0/33", "::/0", "1.2.3.4", "::ffff:1.2.3.4/120", "1/8"), texts.oddText), {
      maxLength: 3,
    }),
  ],
  seconds: [fc.constant(1), fc.constantFrom(0, 2, 31, 0.5)],
  overlapSeconds: [fc.nat(86_400), fc.constantFrom(-1, 1e15, 0.5)],
  address: [fc.constantFrom(...addresses), texts.oddText.filter(leadsNowhere)],
  expiration: [
    fc.constantFrom("1900000000000", 1_900_000_000_000),
    fc.constantFrom("-1", "0", 1e18, "1e9", "999999999999999999"),
  ],
  iCalUID: [fc.nat(20).map((number) => `fuzz-${number}@example.org`), texts.oddText],
  value: [fc.oneof(email, fc.constantFrom("1", "60", "en", "UTC", "false")), texts.oddText],
  scope: [
    fc.oneof(
      email.map((value) => ({ type: "user", value })),
      ref("groupId").map((value) => ({ type: "group", value })),
      fc.constantFrom({ type: "domain", value: "example.org" }, { type: "default" }),
    ),
    fc.record({ type: fc.constantFrom("user", "group", "domain", "default", "everybody"), value: oddEmail }),
  ],
  text: [texts.plainText, texts.oddText],
  q: [texts.plainText, texts.oddText],
  privateExtendedProperty: [fc.constant(["a=b"]), fc.array(texts.oddText, { maxLength: 3 })],
  sharedExtendedProperty: [fc.constant(["a=b"]), fc.array(texts.oddText, { maxLength: 3 })],
  eventTypes: [fc.constant(["default", "birthday"]), fc.array(texts.oddText, { maxLength: 3 })],
};

/** Values of a type that the schema does not have, or far outside of what it allows. */
const junk: fc.Arbitrary<unknown> = fc.oneof(
  { weight: 3, arbitrary: texts.oddText },
  {
    weight: 3,
    arbitrary: fc.constantFrom<unknown>(
      null,
      true,
      false,
      0,
      -1,
      1.5,
      1e308,
      2 ** 53,
      -(2 ** 63),
      1e21,
      [],
      {},
      [[]],
      "",
      [null],
      -0,
    ),
  },
  { weight: 1, arbitrary: fc.jsonValue({ maxDepth: 3 }) },
  { weight: 1, arbitrary: fc.integer({ min: 1, max: 80 }).map((depth) => nested(depth)) },
);

const nested = (depth: number): unknown => {
  let value: unknown = 1;
  for (let level = 0; level < depth; level += 1) value = level % 2 ? [value] : { a: value };
  return value;
};

const absent = Symbol("absent");

/** A share of values, 0 to 1, that are not what the schema asks for. */
export type Oddness = 0 | 1;

const textOf = ({ pattern, minLength = 0, maxLength = 200 }: Schema): fc.Arbitrary<unknown> => {
  if (pattern?.includes("@")) return email;
  if (pattern)
    return fc.stringMatching(new RegExp(pattern)).filter((text) => text.length >= minLength && text.length <= maxLength);
  return texts.plainText.map((text) => text.slice(0, maxLength));
};

/** Ids in bodies: of events, of calendars and people, of channels. */
const idOf = ({ pattern, maxLength = 0 }: Schema): fc.Arbitrary<unknown> => {
  if (pattern) return fc.oneof(ref("channelId"), fc.uuid());
  if (maxLength > 320) return fc.nat(1_000_000).map((number) => `fv${number.toString(32)}00`);
  return fc.oneof(ref("calendarId"), email);
};

const usual = (schema: Schema, name: string, odd: Oddness): fc.Arbitrary<unknown> => {
  if (name === "id") return idOf(schema);
  if (name in byName) return byName[name]?.[0] as fc.Arbitrary<unknown>;
  if (schema.enum) return fc.constantFrom(...schema.enum);
  const [type] = [schema.type ?? []].flat();
  switch (type) {
    case "string":
      return textOf(schema);
    case "integer":
      return fc.oneof(
        fc.integer({ min: schema.minimum ?? 0, max: Math.min(schema.maximum ?? 50, (schema.minimum ?? 0) + 50) }),
        fc.constant(schema.maximum ?? 2_000),
      );
    case "boolean":
      return fc.boolean();
    case "array":
      return fc.array(valueFor(schema.items ?? {}, "", odd), {
        minLength: schema.minItems ?? 0,
        maxLength: Math.min(schema.maxItems ?? 4, 4),
      });
    default:
      return objectOf(schema, odd);
  }
};

/**
 * A value for a schema, under the name it has in its object.
 *
 * @param others how many values stand beside it.
 */
export const valueFor = (schema: Schema, name: string, odd: Oddness, others = 2): fc.Arbitrary<unknown> => {
  const fitting = usual(schema, name, odd);
  if (odd === 0) return fitting;
  return fc.oneof(
    // About one value of a request is odd: with more, the first would hide what the others do.
    { weight: 4 + 2 * Math.min(others, 8), arbitrary: fitting },
    { weight: 2, arbitrary: byName[name]?.[1] ?? texts.oddText },
    { weight: 1, arbitrary: name === "address" ? texts.oddText.filter(leadsNowhere) : junk },
  );
};

/** Fields that most bodies do without, or endpoints ask for though their schemas do not. */
const presence: Readonly<Record<string, number>> = {
  scope: 20,
  role: 20,
  start: 12,
  end: 12,
  timeMin: 12,
  timeMax: 12,
  items: 12,
  iCalUID: 6,
  seconds: 50,
  summary: 4,
};

const timeSpan: fc.Arbitrary<{ start: object; end: object }> = fc.oneof(
  fc.record({ day: texts.day, days: fc.integer({ min: 1, max: 9 }) }).map(({ day, days }) => ({
    start: { date: day },
    end: { date: new Date(Date.parse(day) + days * 86_400_000).toISOString().slice(0, 10) },
  })),
  fc
    .record({ start: texts.moment, minutes: fc.constantFrom(0, 30, 60, 1_500, 100_000), timeZone: fc.option(texts.zoneName) })
    .map(({ start, minutes, timeZone }) => ({
      start: { dateTime: start, timeZone },
      end: { dateTime: new Date(Date.parse(start) + minutes * 60_000).toISOString(), timeZone },
    })),
);

/** A window that is none by chance is turned round. */
const inOrder = (values: Record<string, unknown>): Record<string, unknown> => {
  const { timeMin, timeMax } = values;
  if (typeof timeMin !== "string" || typeof timeMax !== "string" || Date.parse(timeMin) <= Date.parse(timeMax)) return values;
  return { ...values, timeMin: timeMax, timeMax: timeMin };
};

/** An object with the fields that it must have and some of the others. */
export const objectOf = (schema: Schema, odd: Oddness): fc.Arbitrary<Record<string, unknown>> => {
  const { properties = {}, additionalProperties } = schema;
  const entries = Object.entries(properties);
  if (entries.length === 0) {
    const values =
      typeof additionalProperties === "object" ? valueFor(additionalProperties, "", odd) : fc.jsonValue({ maxDepth: 2 });
    const names = odd ? fc.oneof(texts.plainText, texts.oddText) : texts.plainText;
    return fc.dictionary(names, values, { maxKeys: 3, noNullPrototype: true });
  }
  const fields = entries.map(([name, field]) => {
    const value = valueFor(field, name, odd, entries.length);
    if (!("~optional" in field)) {
      const often = { weight: 30, arbitrary: value };
      return odd ? fc.oneof(often, { weight: 1, arbitrary: fc.constant(absent) }) : value;
    }
    const share = presence[name] ?? Math.max(1, 24 / entries.length);
    return fc.oneof({ weight: 6, arbitrary: fc.constant(absent) }, { weight: Math.ceil(share), arbitrary: value });
  });
  const made = fc.tuple(...fields).map((values) => {
    const present = entries.flatMap(([name], index) => (values[index] === absent ? [] : [[name, values[index]] as const]));
    return odd ? Object.fromEntries(present) : inOrder(Object.fromEntries(present));
  });
  if (!("start" in properties && "end" in properties && "recurrence" in properties)) return made;
  // An event whose times fit each other: few would by chance.
  return fc
    .tuple(made, fc.oneof({ weight: odd ? 2 : 8, arbitrary: timeSpan }, { weight: 1, arbitrary: fc.constant({}) }))
    .map(([body, span]) => ({ ...body, ...span }));
};
