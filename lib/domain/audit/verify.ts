import type { Context } from "#lib/context.ts";
import { openToken, sealToken } from "#lib/domain/token.ts";
import { Failure } from "#lib/errors.ts";
import type { SealedEntry } from "#lib/model/audit.ts";
import * as audit from "#lib/sql/audit.ts";
import { chains } from "./record.ts";
import { type AuditKey, auditKey, chainHash, endSeal, entryDigest, erasureMark, noHash, personalDigest } from "./seal.ts";

/** What somebody did to the log who could: an entry, or several in a row, of a chain. */
export interface Problem {
  /** `altered`: other than it was written; `removed`, `inserted`; `endAltered`: where the chain ends is not what was sealed. */
  readonly kind: "altered" | "removed" | "inserted" | "endAltered";
  readonly chain: number;
  /** The first and the last entry that it concerns. */
  readonly from: number;
  readonly to: number;
}

export interface Verification {
  readonly entries: number;
  /** Of them, those whose personal part was erased. */
  readonly erased: number;
  readonly problems: readonly Problem[];
  /** There was no time for more; goes on from there. */
  readonly nextPageToken?: string;
}

/** Where a verification has come to: behind an entry of a chain, with this hash (base64). */
interface Place {
  readonly kind: "auditVerify";
  readonly chain: number;
  readonly number: number;
  readonly hash: string;
  readonly follows: boolean;
}

const atOnce = 1_000;
const longestMs = 10_000;
const mostProblems = 1_000;

const isAsWritten = (key: AuditKey, entry: SealedEntry): boolean => {
  const isPersonalWhole = entry.salt
    ? personalDigest(entry.salt, entry).equals(entry.personalDigest)
    : entry.erasure !== null && erasureMark(key, entry).equals(entry.erasure);
  return isPersonalWhole && entryDigest(key, entry, entry.personalDigest).equals(entry.digest);
};

/** Checks a chain's entries as they come; what it holds does not grow with them. */
class ChainCheck {
  number: number;
  hash: Buffer;
  /** Whether the entry before is there and as it was written: else the next one's hash is taken as it is, its digest is not. */
  follows: boolean;
  readonly key: AuditKey;
  readonly chain: number;
  readonly tell: (problem: Problem) => void;

  constructor(key: AuditKey, chain: number, from: Place | undefined, tell: (problem: Problem) => void) {
    this.key = key;
    this.chain = chain;
    this.number = from?.number ?? 0;
    this.hash = from ? Buffer.from(from.hash, "base64") : noHash;
    this.follows = from?.follows ?? true;
    this.tell = tell;
  }

  place(): Place {
    const { chain, number, hash, follows } = this;
    return { kind: "auditVerify", chain, number, hash: hash.toString("base64"), follows };
  }

  take(entry: SealedEntry): void {
    if (entry.number > this.number + 1) this.miss(entry.number - 1);
    const isWhole = isAsWritten(this.key, entry);
    const isLinked = !this.follows || chainHash(this.key, this.hash, entry.digest).equals(entry.hash);
    const isAltered = !isWhole || !isLinked;
    if (isAltered) this.tell({ kind: "altered", chain: this.chain, from: entry.number, to: entry.number });
    this.number = entry.number;
    this.hash = entry.hash;
    this.follows = !isAltered;
  }

  /** Entries up to this one are not there. */
  miss(last: number): void {
    this.tell({ kind: "removed", chain: this.chain, from: this.number + 1, to: last });
    this.number = last;
    this.follows = false;
  }
}

/**
 * Reads the whole audit log and says what in it is not as it was written, for an administrator: entries altered, removed or inserted,
 * and chains cut off at their end. What is written meanwhile does not disturb it. It reads for some seconds at most, then it says
 * where to go on. Throws `invalid` for a broken page token.
 */
export const verifyAudit = async (ctx: Context, pageToken: string | undefined): Promise<Verification> => {
  const { secret } = ctx.settings;
  const key = auditKey(secret);
  const token = pageToken === undefined ? undefined : (openToken(secret, pageToken) as Place | undefined);
  if (pageToken !== undefined && token?.kind !== "auditVerify") {
    throw new Failure("invalid", { location: "pageToken", message: "Invalid page token value." });
  }
  const started = performance.now();
  const problems: Problem[] = [];
  const tell = (problem: Problem): void => {
    if (problems.length < mostProblems) problems.push(problem);
  };
  let entries = 0;
  let erased = 0;
  const partial = (check: ChainCheck): Verification | undefined => {
    const goesOn = performance.now() - started <= longestMs && problems.length < mostProblems;
    return goesOn ? undefined : { entries, erased, problems, nextPageToken: sealToken(secret, check.place()) };
  };

  const ends = new Map((await audit.listChains(ctx.db)).map((end) => [end.chain, end]));
  for (let chain = token?.chain ?? 1; ends.size > 0 && chain <= chains; chain += 1) {
    const check = new ChainCheck(key, chain, token?.chain === chain ? token : undefined, tell);
    const outOfTime = chain === token?.chain ? undefined : partial(check);
    if (outOfTime) return outOfTime;
    const end = ends.get(chain);
    const whole = end && endSeal(key, end).equals(end.seal);
    if (!whole) tell({ kind: "endAltered", chain, from: end?.number ?? 0, to: end?.number ?? 0 });
    if (!end || end.number === 0) continue;
    for (;;) {
      const page = await audit.listSealed(ctx.db, { chain, after: check.number, last: end.number }, atOnce);
      for (const entry of page) {
        check.take(entry);
        if (entry.isErased) erased += 1;
      }
      entries += page.length;
      if (page.length < atOnce) break;
      const next = partial(check);
      if (next) return next;
    }
    if (check.number < end.number) check.miss(end.number);
    else if (whole && check.follows && !check.hash.equals(end.hash)) {
      tell({ kind: "endAltered", chain, from: end.number, to: end.number });
    }
  }
  for (const { chain, number } of await audit.listOutside(ctx.db, atOnce))
    tell({ kind: "inserted", chain, from: number, to: number });
  return { entries, erased, problems };
};
