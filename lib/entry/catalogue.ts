import type { TSchema } from "#lib/schema.ts";
import type { Description } from "./endpoint.ts";
import { parameters } from "./validate.ts";

/** The schema of an object, as JSON: typebox marks optional ones where JSON does not see it. */
interface ParametersSchema {
  readonly type: string;
  readonly properties: Readonly<Record<string, TSchema>>;
  readonly required: readonly string[];
}

/** An endpoint's description as plain JSON: what the API's documents are written from. */
export interface CatalogueEntry extends Omit<Description, "path" | "query"> {
  readonly path: ParametersSchema;
  readonly query: ParametersSchema;
}

/** Put here by the build of an isolated bundle, which holds one endpoint and has to know of the others. */
declare const BUILT_CATALOGUE: readonly CatalogueEntry[] | undefined;

const descriptions = new Map<string, Description>();

/** Notes an endpoint that this process has. */
export const note = (description: Description): void => {
  descriptions.set(description.id, description);
};

/** All endpoints, in the order of their ids: those of this process, or in an isolated bundle those that were built with it. */
export const catalogue = (): readonly CatalogueEntry[] =>
  typeof BUILT_CATALOGUE === "undefined"
    ? [...descriptions.values()]
        .map(({ path, query = {}, ...rest }) => ({ ...rest, path: parameters(path), query: parameters(query) }))
        .sort((one, other) => (one.id < other.id ? -1 : 1))
    : BUILT_CATALOGUE;
