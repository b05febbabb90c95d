import type { Answer, Api, Call, Person } from "./api.ts";

/** A person's key with limits, made by themselves; answers the resource, the key with it. */
export const limitedKey = async (
  person: Person,
  limits: {
    readonly scopes?: readonly string[];
    readonly calendars?: readonly string[];
    readonly ipRanges?: readonly string[];
    readonly expires?: string;
  },
  // biome-ignore lint/suspicious/noExplicitAny: tests look into resources of every shape.
): Promise<any> => {
  const made = await person.post("/v1/users/me/keys", { name: "limited", ...limits });
  if (made.status !== 201) throw new Error(`The key was refused: ${JSON.stringify(made.body)}`);
  return made.body;
};

/** Calls with a key, from an address that the load balancer would report. */
export const withKey =
  (api: Api, key: string, from?: string) =>
  (method: string, path: string, body?: unknown): Promise<Answer> => {
    const call: Call = { key, ...(body !== undefined && { body }), ...(from && { headers: { "X-Forwarded-For": from } }) };
    return api.call(method, path, call);
  };
