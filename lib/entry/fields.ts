import { Failure } from "#lib/errors.ts";
import type { TSchema } from "#lib/schema.ts";

/**
 * Which parts of an answer a client asked for with `fields`, Google's partial response: `kind,items(id,start/dateTime)`. Fields
 * are joined by commas, `/` and brackets go one level down (through lists, into each of their items), `*` is every field.
 * Source: developers.google.com/workspace/calendar/api/guides/performance, heading "Partial response".
 */
export interface Selection {
  /** What is wanted of the fields that were named. */
  readonly named: ReadonlyMap<string, Wanted>;
  /** What is wanted of all others, by `*`. */
  readonly other: Wanted | undefined;
}
type Wanted = Selection | "whole";

/** As much of a JSON Schema as tells which names an object may have. */
interface Shape {
  readonly type?: string | readonly string[];
  readonly properties?: Readonly<Record<string, Shape>>;
  readonly additionalProperties?: boolean | Shape;
  readonly items?: Shape;
}

/** All fields of a list of events, each by its full path, take a quarter of this; a load balancer's request line has twice as much. */
const maxLength = 8_000;
/** Replies of ours nest half as deep; what clients store in them may nest deeper, and is had whole. */
const maxDepth = 16;
/** Many stars, alone or beside many names, multiply; what clients write takes some hundred steps. */
const maxSteps = 10_000;

const refuse = (what: string): never => {
  throw new Failure("invalidParameter", { location: "fields", message: `Invalid field selection${what}` });
};

/** The objects that a value of this shape is, or is a list of. */
const objectOf = (shape: Shape): Shape => (shape.items ? objectOf(shape.items) : shape);

/** Shapes without a list of names take any. */
const isOpen = ({ type, properties }: Shape): boolean =>
  properties === undefined && (type === undefined || [type].flat().includes("object"));

const anything: Shape = {};

/** The shapes of what stands under a name (`*`: under any) in objects of these shapes. */
const childrenOf = (shapes: readonly Shape[], name: string): Shape[] => {
  const children = new Set<Shape>();
  for (const shape of shapes.map(objectOf)) {
    const { properties = {}, additionalProperties } = shape;
    if (isOpen(shape)) children.add(typeof additionalProperties === "object" ? additionalProperties : anything);
    else if (name === "*") for (const child of Object.values(properties)) children.add(child);
    else if (Object.hasOwn(properties, name)) children.add(properties[name] as Shape);
  }
  return [...children];
};

class Reader {
  private at = 0;
  private steps = 0;
  private readonly text: string;

  constructor(text: string) {
    this.text = text;
  }

  read(shape: Shape): Wanted {
    const wanted = this.list([shape], 1);
    if (this.at < this.text.length) this.refuseHere();
    return wanted;
  }

  /** `a,b/c,d(e,f)`, up to the bracket that closes it or the end. */
  private list(shapes: readonly Shape[], depth: number): Wanted {
    const named = new Map<string, Wanted>();
    let other: Wanted | undefined;
    do {
      const [name, wanted] = this.field(shapes, depth);
      if (name === "*") {
        other = this.union(other, wanted);
        for (const [sibling, current] of named) named.set(sibling, this.union(current, wanted));
      } else {
        named.set(name, this.union(named.get(name) ?? other, wanted));
      }
    } while (this.take(","));
    return other === "whole" ? other : { named, other };
  }

  /** One name, and what of it is wanted. */
  private field(shapes: readonly Shape[], depth: number): readonly [string, Wanted] {
    if (depth > maxDepth) refuse(`: it nests deeper than ${maxDepth} levels.`);
    const start = this.at;
    while (this.at < this.text.length && !",/()".includes(this.text.charAt(this.at))) this.at += 1;
    const name = this.text.slice(start, this.at).trim();
    if (name === "") refuse(`: a name is missing at character ${start + 1}.`);
    const children = childrenOf(shapes, name);
    if (children.length === 0) refuse(` ${name.slice(0, 100)}`);
    this.count(children.length);
    if (this.take("/")) {
      const [child, wanted] = this.field(children, depth + 1);
      return [name, child === "*" && wanted === "whole" ? wanted : single(child, wanted)];
    }
    if (!this.take("(")) return [name, "whole"];
    const wanted = this.list(children, depth + 1);
    if (this.at >= this.text.length) refuse(": a bracket is not closed.");
    if (!this.take(")")) this.refuseHere();
    while (this.text.charAt(this.at) === " ") this.at += 1;
    return [name, wanted];
  }

  private refuseHere(): never {
    return refuse(`: what stands at character ${this.at + 1} cannot stand there.`);
  }

  private take(sign: string): boolean {
    if (this.text.charAt(this.at) !== sign) return false;
    this.at += 1;
    return true;
  }

  private count(steps: number): void {
    this.steps += steps;
    if (this.steps > maxSteps) refuse(": it is too complex.");
  }

  /** What either wants. */
  private union(one: Wanted | undefined, two: Wanted): Wanted;
  private union(one: Wanted | undefined, two: Wanted | undefined): Wanted | undefined;
  private union(one: Wanted | undefined, two: Wanted | undefined): Wanted | undefined {
    this.count(1);
    if (one === undefined || two === undefined) return one ?? two;
    if (one === "whole" || two === "whole") return "whole";
    const named = new Map<string, Wanted>();
    for (const name of [...one.named.keys(), ...two.named.keys()]) {
      const wanted = this.union(one.named.get(name) ?? one.other, two.named.get(name) ?? two.other);
      if (wanted !== undefined) named.set(name, wanted);
    }
    return { named, other: this.union(one.other, two.other) };
  }
}

const single = (name: string, wanted: Wanted): Selection =>
  name === "*" ? { named: new Map(), other: wanted } : { named: new Map([[name, wanted]]), other: undefined };

/**
 * Reads a `fields` parameter against the schema of the reply; undefined when it wants everything. Throws `invalidParameter` when it
 * is malformed, or names a field that the reply cannot have. Time and memory are bounded whatever the text is.
 */
export const readSelection = (text: string, reply: TSchema): Selection | undefined => {
  if (text.trim() === "") return undefined;
  if (text.length > maxLength) refuse(`: it is longer than ${maxLength} characters.`);
  const wanted = new Reader(text).read(reply as Shape);
  return wanted === "whole" ? undefined : wanted;
};

/** Whether a star has found nothing there. */
const isBare = (value: unknown): boolean => {
  if (Array.isArray(value)) return value.every(isBare);
  return value === undefined || (typeof value === "object" && value !== null && Object.keys(value).length === 0);
};

/**
 * The selected part of an answer, as a copy. Fields keep their order; an object that has none of what was asked of it by name is
 * `{}`, so that lists keep their length. What a star leads to is left out where it leads to nothing.
 */
export const select = (value: unknown, selection: Selection): unknown => {
  if (Array.isArray(value)) return value.map((item) => select(item, selection)).filter((item) => item !== undefined);
  if (typeof value !== "object" || value === null) return undefined;
  const part: Record<string, unknown> = {};
  for (const name of Object.keys(value)) {
    const asked = selection.named.get(name);
    const wanted = asked ?? selection.other;
    if (wanted === undefined) continue;
    const child = (value as Record<string, unknown>)[name];
    const found = wanted === "whole" ? child : select(child, wanted);
    if (asked || wanted === "whole" ? found !== undefined : !isBare(found)) part[name] = found;
  }
  return part;
};
