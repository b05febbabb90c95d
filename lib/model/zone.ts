/**
 * IANA time zones as tables of offsets. All numbers are milliseconds: an *instant* is an epoch time, a *local* time is a wall
 * clock written as if it were UTC. The data are those of Intl (ICU), asked for four years at a time when first needed.
 */

/** A time zone that converts between instants and wall clocks for the years 1 to 9999 (RFC 5545, 3.3.5). */
export interface Zone {
  /** The IANA name in its usual case, as the client named the zone: an alias stays the alias. */
  readonly name: string;
  /** Milliseconds east of UTC that are in force at an instant. */
  offsetAt(instant: number): number;
  /** The wall clock at an instant. */
  toLocal(instant: number): number;
  /**
   * The instant of a wall clock. One that a gap leaves out is read with the offset before the gap, and so moves forward by the
   * length of the gap; one that comes twice means the first.
   */
  toInstant(local: number): number;
  /** The changes of offset with `from <= at < to`, ascending; `offset` is in force from `at` on. */
  transitions(from: number, to: number): readonly Transition[];
}

export interface Transition {
  readonly at: number;
  readonly offset: number;
}

/** `offsets[i]` is in force from `starts[i]` on, and `localStarts[i]` is the first wall clock that is read with it. */
interface Block {
  readonly starts: readonly number[];
  readonly localStarts: readonly number[];
  readonly offsets: readonly number[];
}

const second = 1_000;
const day = 86_400_000;

/** Before this instant every zone keeps its local mean time. */
const earliest = Date.UTC(1800, 0, 1);
/** From this instant on every zone repeats itself with the Gregorian calendar, which bounds the table. */
const horizon = Date.UTC(2100, 0, 1);
const cycle = 146_097 * day;
/** The largest number that is a time in JavaScript. */
const latest = 8.64e15;

const blockLength = 1_461 * day;
/** A block knows the offsets this far outside of itself too, so that a wall clock near its edge needs no other block. */
const margin = 2 * day;
/** Below the shortest time for which any zone left an offset and came back to it (Recife 2000: seven days of summer time). */
const stride = 3 * day;

class ZoneTable implements Zone {
  readonly name: string;
  readonly #blocks: Block[] = [];

  // The span of the last answer, where the next question nearly always falls too. A pure cache: it never changes an answer.
  #from = 0;
  #until = 0;
  #offset = 0;
  #localFrom = 0;
  #localUntil = 0;
  #localOffset = 0;

  constructor(name: string) {
    this.name = name;
  }

  offsetAt(instant: number): number {
    if (instant < this.#from || instant >= this.#until) {
      const span = this.#spanOf(instant, "starts");
      this.#from = span.from;
      this.#until = span.until;
      this.#offset = span.offset;
    }
    return this.#offset;
  }

  toLocal(instant: number): number {
    return instant + this.offsetAt(instant);
  }

  toInstant(local: number): number {
    if (local < this.#localFrom || local >= this.#localUntil) {
      const span = this.#spanOf(local, "localStarts");
      this.#localFrom = span.from;
      this.#localUntil = span.until;
      this.#localOffset = span.offset;
    }
    return local - this.#localOffset;
  }

  transitions(from: number, to: number): readonly Transition[] {
    const found: Transition[] = [];
    let span = this.#spanOf(from - 1, "starts");
    while (span.until < to) {
      const next = this.#spanOf(span.until, "starts");
      if (next.offset !== span.offset && span.until >= from) found.push({ at: span.until, offset: next.offset });
      span = next;
    }
    return found;
  }

  /** The stretch around a time with one offset, cut where its block ends. */
  #spanOf(time: number, edges: "starts" | "localStarts"): { from: number; until: number; offset: number } {
    if (time < earliest) return { from: Number.NEGATIVE_INFINITY, until: earliest, offset: this.#block(0).offsets[0] ?? 0 };

    const bounded = Math.min(time, latest);
    const known = bounded < horizon ? bounded : horizon + ((bounded - horizon) % cycle);
    const shift = bounded - known;
    const index = Math.floor((known - earliest) / blockLength);
    const block = this.#block(index);
    const from = earliest + index * blockLength;
    const until = Math.min(from + blockLength, horizon + cycle);

    const starts = block[edges];
    let at = starts.length - 1;
    while (at > 0 && (starts[at] ?? 0) > known) at -= 1;
    return {
      from: shift + Math.max(from, shift > 0 && from < horizon ? horizon : from, starts[at] ?? from),
      until: time > latest ? Number.POSITIVE_INFINITY : shift + Math.min(until, starts[at + 1] ?? until),
      offset: block.offsets[at] ?? 0,
    };
  }

  #block(index: number): Block {
    const known = this.#blocks[index];
    if (known) return known;
    const block = readBlock(this.name, earliest + index * blockLength);
    this.#blocks[index] = block;
    return block;
  }
}

/** Asks Intl for the offsets around four years: samples, and where two differ, halves the time between them. */
const readBlock = (name: string, start: number): Block => {
  const offsetAt = offsetReader(name);
  const end = start + blockLength + margin;
  let at = start - margin;
  let offset = offsetAt(at);
  const starts = [Number.NEGATIVE_INFINITY];
  const localStarts = [Number.NEGATIVE_INFINITY];
  const offsets = [offset];

  while (at < end) {
    const sample = Math.min(at + stride, end);
    if (offsetAt(sample) === offset) {
      at = sample;
      continue;
    }
    let before = at;
    let after = sample;
    while (after - before > second) {
      const middle = Math.floor((before + after) / (2 * second)) * second;
      if (offsetAt(middle) === offset) before = middle;
      else after = middle;
    }
    const next = offsetAt(after);
    starts.push(after);
    // With the larger offset, a gap and the first of two repeated times both stay on the side before the change.
    localStarts.push(after + Math.max(offset, next));
    offsets.push(next);
    offset = next;
    at = after;
  }
  return { starts, localStarts, offsets };
};

/** Reads an offset from the one English text that Intl gives with seconds: `…, GMT-04:56:02`, `…, GMT`. */
const offsetReader = (name: string): ((instant: number) => number) => {
  const format = new Intl.DateTimeFormat("en-US", { timeZone: name, timeZoneName: "longOffset" });
  return (instant) => {
    const text = format.format(instant);
    const sign = text.lastIndexOf("GMT") + 3;
    if (sign === text.length) return 0;
    const hours = Number(text.slice(sign + 1, sign + 3));
    const minutes = Number(text.slice(sign + 4, sign + 6));
    const seconds = Number(text.slice(sign + 7) || 0);
    return (text[sign] === "-" ? -second : second) * (hours * 3_600 + minutes * 60 + seconds);
  };
};

const nameShape = /^[a-z][\w+-]*(?:\/[\w+-]+)*$/i;
const longestName = 64;

/** ICU takes these old names too, but they are not IANA's, and some surprise: its BST is in Dhaka. */
const foreignName = /^(?:systemv\/.*|a[ceg]t|aet|art|ast|b[es]t|c[ans]t|ctt|eat|ect|i[es]t|jst|mit|net|nst|p[lnrs]t|sst|vst)$/;

const irregularNames: ReadonlyMap<string, string> = new Map(
  [
    "America/Argentina/ComodRivadavia",
    "Australia/ACT",
    "Australia/LHI",
    "Australia/NSW",
    "Brazil/DeNoronha",
    "Chile/EasterIsland",
    "Mexico/BajaNorte",
    "Mexico/BajaSur",
    "NZ-CHAT",
  ].map((name) => [name.toLowerCase(), name]),
);

/** The case that the time zone database gives an alias, for which Intl answers another name. */
const usualCase = (lower: string): string =>
  irregularNames.get(lower) ??
  lower.replace(/[a-z]+/g, (word) => {
    if (/^(?:of|es|au)$/.test(word)) return word;
    if (/^(?:us|gb|nz|in|gmt|utc|uct)$/.test(word)) return word.toUpperCase();
    if (word.length <= 3 && !lower.includes("/")) return word.toUpperCase();
    return word.charAt(0).toUpperCase() + word.slice(1);
  });

const canonicalName = (lower: string): string | undefined => {
  try {
    return new Intl.DateTimeFormat("en-US", { timeZone: lower }).resolvedOptions().timeZone;
  } catch {
    return undefined; // Intl's way to say that there is no such zone.
  }
};

/** Every zone asked for so far, by its name in lower case: as many entries as there are valid names, whatever is asked. */
const zones = new Map<string, Zone>();

/**
 * The zone of an IANA name in any case, aliases included; undefined for everything else, such as offsets (`+05:00`), the empty
 * string and Windows names.
 */
export const findZone = (name: string): Zone | undefined => {
  const usual = zones.get(name);
  if (usual) return usual;
  if (name.length > longestName || !nameShape.test(name)) return undefined;

  const lower = name.toLowerCase();
  const known = zones.get(lower);
  if (known) return known;
  if (foreignName.test(lower)) return undefined;

  const canonical = canonicalName(lower);
  if (canonical === undefined) return undefined;
  const zone = new ZoneTable(canonical.toLowerCase() === lower ? canonical : usualCase(lower));
  // Under both spellings, so that the usual one is found without changing its case first.
  zones.set(lower, zone);
  zones.set(zone.name, zone);
  return zone;
};
