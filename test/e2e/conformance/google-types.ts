/** Google's own description of the API: methods, parameters and resources, read from the types of its client. */
import { readFileSync } from "node:fs";

const source = readFileSync("node_modules/@googleapis/calendar/build/v3.d.ts", "utf8").replaceAll(/\/\*\*.*?\*\//gs, "");

/** A type: an object with fields, a map or list of something, or `undefined` for a scalar. */
export interface GoogleType {
  readonly fields?: Readonly<Record<string, GoogleType>>;
  readonly each?: GoogleType;
}

/** The text up to the semicolon that ends a declaration. */
const declarationEnd = (text: string, from: number): number => {
  let depth = 0;
  for (let at = from; at < text.length; at += 1) {
    if (text[at] === "{") depth += 1;
    if (text[at] === "}") depth -= 1;
    if (text[at] === ";" && depth === 0) return at;
  }
  return text.length;
};

const readType = (text: string): GoogleType => {
  const type = text
    .trim()
    .replace(/ \| null$/, "")
    .trim();
  if (type.endsWith("[]")) return { each: readType(type.slice(0, -2)) };
  const schema = /^Schema\$(\w+)$/.exec(type)?.[1];
  if (schema) return typeNamed(schema);
  if (!type.startsWith("{")) return {};
  const body = type.slice(1, -1);
  const map = /^\s*\[key: string\]: (.*);\s*$/s.exec(body)?.[1];
  return map ? { each: readType(map) } : readFields(body);
};

const readFields = (body: string): GoogleType => {
  const fields: Record<string, GoogleType> = {};
  for (let at = 0; at < body.length; ) {
    const end = declarationEnd(body, at);
    const [, name, type] = /^\s*(\w+)\?: (.*)$/s.exec(body.slice(at, end)) ?? [];
    if (name && type) fields[name] = readType(type);
    at = end + 1;
  }
  return { fields };
};

const bodyOf = (name: string): string => {
  const [start] = new RegExp(`interface ${name.replace("$", String.raw`\$`)} (extends \\w+ )?\\{`).exec(source) ?? [];
  if (!start) throw new Error(`The client's types have no ${name}.`);
  const from = source.indexOf(start) + start.length;
  return source.slice(from, source.indexOf("\n    }", from));
};

/** A resource of Google's, by its name in the client's types: `Event`. */
export const typeNamed = (name: string): GoogleType => readFields(bodyOf(`Schema$${name}`));

/** Each method of the client, by its id in lower case, and the query parameters it has of its own. */
export const methodsOfGoogle: ReadonlyMap<string, readonly string[]> = new Map(
  [...source.matchAll(/interface Params\$Resource\$(\w+)\$(\w+) extends StandardParameters \{(.*?)\n {4}\}/gs)].map(
    ([, noun = "", verb = "", body = ""]) => [
      `${noun}.${verb}`.toLowerCase(),
      [...body.matchAll(/^ {8}(\w+)\?:/gm)].map(([, name]) => name as string).filter((name) => name !== "requestBody"),
    ],
  ),
);

/** What each method answers, by its id in lower case: the name of a type, or `void`. */
export const answersOfGoogle: ReadonlyMap<string, string> = new Map(
  [
    ...source.matchAll(
      /Params\$Resource\$(\w+)\$(\w+), options\?: MethodOptions\): Promise<GaxiosResponseWithHTTP2<(?:Schema\$)?(\w+)>>/g,
    ),
  ].map(([, noun, verb, type]) => [`${noun}.${verb}`.toLowerCase(), type as string]),
);

/** Parameters that every method has. */
export const standardParameters = Object.keys(readFields(bodyOf("StandardParameters")).fields ?? {}).filter(
  (name) => name !== "auth",
);
