import { existsSync, readdirSync } from "node:fs";
import type { Endpoint } from "#lib/entry/endpoint.ts";
import type { Mount } from "./route-table.ts";

/** Beside the bundle, or one folder up from the source. */
const handlersFolder = (): URL => {
  const candidates = ["./handlers/", "../handlers/"].map((place) => new URL(place, import.meta.url));
  const found = candidates.find((folder) => existsSync(folder));
  if (!found) throw new Error("The handlers folder is missing beside the program.");
  return found;
};

/**
 * Finds every endpoint there is: a file in `handlers/` is one. Nothing else lists them.
 *
 * @throws when a file exports no endpoint, naming it.
 */
export const findEndpoints = async (): Promise<readonly Endpoint[]> => {
  const folder = handlersFolder();
  const files = readdirSync(folder, { recursive: true, encoding: "utf8" }).filter((file) => /\.m?[jt]s$/.test(file));
  const endpoints: Endpoint[] = [];
  for (const file of files.sort()) {
    const { handler } = (await import(new URL(file.replaceAll("\\", "/"), folder).href)) as { handler?: Endpoint };
    if (!handler?.description) throw new Error(`handlers/${file} does not export an endpoint named "handler".`);
    endpoints.push(handler);
  }
  return endpoints;
};

/** The endpoints as the adapter mounts them. */
export const mountsOf = (endpoints: readonly Endpoint[]): readonly Mount[] =>
  endpoints.map((handler) => {
    const [method, route] = handler.description.route.split(" ") as [string, string];
    // Whoever asks how the process is doing must hear it also when the process is full.
    return { method, route, handler, alwaysAdmit: handler.description.id.startsWith("health.") };
  });
