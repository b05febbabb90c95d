/**
 * Idempotency-Key (IETF draft-ietf-httpapi-idempotency-key-header): a request that is sent again under the same key is done once, and
 * gets the first answer again. All of it is one transaction: what the request changes, and the answer to it. So whoever finds the
 * change finds the answer, also when the process ended between the commit and the answer, and whoever finds no answer finds no change.
 */
import { createCipheriv, createDecipheriv, createHmac, randomBytes } from "node:crypto";
import { setTimeout as delay } from "node:timers/promises";
import type { Context } from "#lib/context.ts";
import { Failure, type Reason } from "#lib/errors.ts";
import { count } from "#lib/observe/metrics.ts";
import * as answers from "#lib/sql/idempotency.ts";

/** How long a request waits for one that is running under its key, and how often it looks: it holds no connection in between. */
const waitMs = 5_000;
const pauseMs = 50;
/** Answers of mere reads are kept up to this length. */
const longestOfRead = 1_000_000;
/** Characters of a key at most. */
const longestKey = 255;

const quoted = /^"((?:[\x20\x21\x23-\x5b\x5d-\x7e]|\\["\\])*)"$/;
const bare = /^[!#$%&'*+\-.^_`|~0-9A-Za-z:/=@]+$/;

/**
 * Reads the header: a string of RFC 9651 in quotes, as the draft has it, or without them, as most clients send it; both are the same
 * key. Undefined without one. Throws `invalid`.
 */
export const readKey = (header: string | undefined): string | undefined => {
  if (header === undefined) return undefined;
  const text = header.trim();
  const key = quoted.exec(text)?.[1]?.replaceAll(/\\(.)/g, "$1") ?? bare.exec(text)?.[0] ?? "";
  if (key === "" || key.length > longestKey) {
    throw new Failure("invalid", {
      location: "Idempotency-Key",
      locationType: "header",
      message: `Invalid value for Idempotency-Key: it must be a quoted string or a token of 1 to ${longestKey} characters.`,
    });
  }
  return key;
};

/** JSON whose objects have their names in order: the same request in another spelling is the same request. */
const canonical = (value: unknown): string =>
  JSON.stringify(value, (_, inner) =>
    typeof inner === "object" && inner !== null && !Array.isArray(inner)
      ? Object.fromEntries(Object.entries(inner).sort(([one], [other]) => (one < other ? -1 : 1)))
      : inner,
  );

/** What became of a request: what its endpoint returned, or how it refused. */
type Outcome =
  | { readonly value: unknown }
  | { readonly refusal: Pick<Failure, "reason" | "message" | "location" | "locationType"> };

/** An answer may hold personal data or a new API key: it can be read only by who has the client's key, which is not stored. */
const seal = (key: Buffer, outcome: Outcome): Buffer => {
  const nonce = randomBytes(12);
  const cipher = createCipheriv("aes-256-gcm", key, nonce);
  const body = Buffer.concat([cipher.update(JSON.stringify(outcome)), cipher.final()]);
  return Buffer.concat([nonce, cipher.getAuthTag(), body]);
};

const unseal = (key: Buffer, sealed: Buffer): Outcome => {
  const decipher = createDecipheriv("aes-256-gcm", key, sealed.subarray(0, 12)).setAuthTag(sealed.subarray(12, 28));
  return JSON.parse(Buffer.concat([decipher.update(sealed.subarray(28)), decipher.final()]).toString());
};

/** Refusals that say nothing of the request itself: the same request may fare better later, and is tried again. */
const passing: readonly Reason[] = ["quotaExceeded"];

const isFinal = (error: unknown): error is Failure =>
  error instanceof Failure &&
  error.status >= 400 &&
  error.status < 500 &&
  error.status !== 429 &&
  !passing.includes(error.reason);

const outcomeOf = (done: Promise<unknown>): Promise<Outcome> =>
  done.then(
    (value): Outcome => ({ value }),
    (error): Outcome => {
      if (!isFinal(error)) throw error;
      const { reason, message, location, locationType } = error;
      return { refusal: { reason, message, location, locationType } };
    },
  );

/**
 * Does what a request asks for, in a transaction of its own, unless it has been done under this key; then its outcome is the first one.
 * Refusals by the rules are outcomes as well; faults of the server are none, and are tried again. Throws `idempotencyKeyReused` when
 * the first request was another one, `idempotencyRequestInProgress` when it is still running after a while, and what it refused with.
 *
 * @param asked all that makes it this request.
 * @param inSteps it makes transactions of its own, and may be done again: its outcome is kept when all of them have ended.
 */
export const once = async <Value>(
  ctx: Context,
  {
    key,
    asked,
    onReplay,
    inSteps = false,
  }: {
    readonly key: string;
    readonly asked: unknown;
    readonly onReplay: () => void;
    readonly inSteps?: boolean | undefined;
  },
  run: (ctx: Context) => Promise<Value>,
): Promise<Value> => {
  const { userId, scopes, calendars } = ctx.caller;
  // What a key may do is part of the name: one that is limited hears no answer that was given to another one.
  const owner = JSON.stringify([userId, scopes, calendars, key]);
  const keyed = (use: string, text: string) =>
    createHmac("sha256", ctx.settings.secret).update(`idempotency ${use}\0${text}`).digest();
  const name = keyed("name", owner);
  const sealingKey = keyed("seal", owner);
  const fingerprint = keyed("request", canonical(asked));

  let stepped: Outcome | undefined;
  const attempt = () =>
    ctx.db.inTransaction(async (db): Promise<{ readonly outcome: Outcome; readonly isFirst: boolean } | "new" | undefined> => {
      if (!(await answers.claim(db, name))) return undefined;
      const found = await answers.find(db, name, ctx.now() - answers.keptMs);
      if (found) {
        if (!found.fingerprint.equals(fingerprint)) throw new Failure("idempotencyKeyReused");
        return { outcome: unseal(sealingKey, found.sealed_answer), isFirst: false };
      }
      if (inSteps && !stepped) return "new";
      const outcome = stepped ?? (await outcomeOf(db.inTransaction(async (part) => run({ ...ctx, db: part }))));
      const sealed = seal(sealingKey, outcome);
      await answers.put(db, { name, userId, fingerprint, sealed, longestOfRead }, ctx.now());
      return { outcome, isFirst: true };
    });

  const deadline = performance.now() + waitMs;
  let done = await attempt();
  while (!done || done === "new") {
    if (done === "new") stepped = await outcomeOf(run(ctx));
    else if (performance.now() > deadline) throw new Failure("idempotencyRequestInProgress");
    else await delay(pauseMs);
    done = await attempt();
  }
  const { outcome, isFirst } = done;
  if (!isFirst) {
    count("IdempotentReplays", {});
    onReplay();
  }
  if ("value" in outcome) return outcome.value as Value;
  if (!("refusal" in outcome)) return undefined as Value;
  const { reason, ...detail } = outcome.refusal;
  throw new Failure(reason, detail as ConstructorParameters<typeof Failure>[1]);
};
