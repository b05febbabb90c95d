import { namesOfKinds, namesOfPlaces } from "./discovery-names.ts";

/** JSON Schema, as far as our schemas use it. */
export interface JsonSchema {
  readonly type?: string | readonly string[];
  readonly enum?: readonly unknown[];
  readonly description?: string;
  readonly default?: unknown;
  readonly minimum?: number;
  readonly maximum?: number;
  readonly properties?: Readonly<Record<string, JsonSchema>>;
  readonly items?: JsonSchema;
  readonly additionalProperties?: boolean | JsonSchema;
}

/** A schema of a Discovery document ("Type and format summary" and "Using the Discovery document", Google API Discovery Service). */
export interface DiscoverySchema {
  readonly id?: string;
  readonly $ref?: string;
  readonly type?: string;
  readonly format?: string;
  readonly description?: string;
  readonly default?: string;
  readonly enum?: readonly string[];
  readonly enumDescriptions?: readonly string[];
  readonly minimum?: string;
  readonly maximum?: string;
  readonly properties?: Readonly<Record<string, DiscoverySchema>>;
  readonly items?: DiscoverySchema;
  readonly additionalProperties?: DiscoverySchema;
}

const maxInt32 = 2_147_483_647;

/** The type that is meant: of those a value may have, null aside, the first. */
const typeOf = ({ type }: JsonSchema): string | undefined =>
  typeof type === "string" ? type : type?.find((one) => one !== "null");

/** The words a text may be, null aside; undefined when it may be any, or when there is no choice. */
const wordsOf = (schema: JsonSchema): readonly string[] => (schema.enum ?? []).filter((word) => typeof word === "string");

/** A text, number or flag in Discovery's dialect: no null, numbers with a format, bounds and defaults as text. */
export const fromScalar = (schema: JsonSchema): DiscoverySchema => {
  const { description, minimum, maximum } = schema;
  const words = wordsOf(schema);
  const fallback = schema.default ?? (words.length === 1 ? words[0] : undefined);
  const type = typeOf(schema) ?? "any";
  const isLong = type === "integer" && (maximum ?? 0) > maxInt32;
  return {
    type: isLong ? "string" : type,
    ...(type === "integer" && { format: isLong ? "int64" : "int32" }),
    ...(type === "number" && { format: "double" }),
    ...(description !== undefined && { description }),
    ...(fallback !== undefined && { default: String(fallback) }),
    ...(words.length > 1 && { enum: words, enumDescriptions: words.map(() => "") }),
    ...(minimum !== undefined && { minimum: String(minimum) }),
    ...(maximum !== undefined && { maximum: String(maximum) }),
  };
};

/** The name of a resource by its `kind`, "calendar#events"; undefined for what has none. */
export const nameByKind = (schema: JsonSchema): string | undefined => {
  const kind = schema.properties?.kind && wordsOf(schema.properties.kind)[0];
  const word = kind?.split("#")[1];
  return kind && word ? (namesOfKinds[kind] ?? word.charAt(0).toUpperCase() + word.slice(1)) : undefined;
};

/**
 * Collects the named schemas of a document. What a resource shows and what a client may write of it are one schema there: a name
 * that comes again adds the fields that were not known yet.
 */
export class NamedSchemas {
  readonly #schemas = new Map<string, Record<string, DiscoverySchema>>();
  readonly #open = new Map<string, DiscoverySchema>();

  /** Adds a schema under its name. */
  add(name: string, schema: JsonSchema): { readonly $ref: string } {
    const properties = this.#schemas.get(name) ?? {};
    this.#schemas.set(name, properties);
    for (const [field, value] of Object.entries(schema.properties ?? {})) {
      properties[field] ??= this.#from(value, `${name}.${field}`);
    }
    if (!schema.properties) this.#open.set(name, this.#valuesOf(schema, name));
    return { $ref: name };
  }

  /** All of them, in the order of their names. */
  all(): Readonly<Record<string, DiscoverySchema>> {
    const names = [...this.#schemas.keys()].sort();
    return Object.fromEntries(names.map((name) => [name, { id: name, type: "object", ...this.#contentOf(name) }]));
  }

  #contentOf(name: string): DiscoverySchema {
    const properties = this.#schemas.get(name) ?? {};
    const fields = Object.keys(properties).sort();
    const open = this.#open.get(name);
    if (open && fields.length === 0) return { additionalProperties: open };
    return { properties: Object.fromEntries(fields.map((field) => [field, properties[field] as DiscoverySchema])) };
  }

  #from(schema: JsonSchema, place: string): DiscoverySchema {
    const { description } = schema;
    const about = description !== undefined && { description };
    const type = typeOf(schema);
    if (type === "array") return { type, ...about, items: this.#from(schema.items ?? {}, `${place}[]`) };
    if (type !== "object") return fromScalar(schema);
    const name = namesOfPlaces[place] ?? nameByKind(schema);
    if (name) return { ...this.add(name, schema), ...about };
    if (!schema.properties) return { type, ...about, additionalProperties: this.#valuesOf(schema, place) };
    const fields = Object.entries(schema.properties).map(([field, value]) => [field, this.#from(value, `${place}.${field}`)]);
    return { type, ...about, properties: Object.fromEntries(fields) };
  }

  /** What the values of a map are. */
  #valuesOf({ additionalProperties: values }: JsonSchema, place: string): DiscoverySchema {
    return typeof values === "object" ? this.#from(values, `${place}{}`) : { type: "any" };
  }
}
