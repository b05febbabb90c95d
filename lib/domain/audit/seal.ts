/**
 * What makes the audit log tamper-evident. Each entry has a digest of itself and its place, and a hash of that and of the hash before
 * it; each chain's end is sealed. All of it is keyed: who can write to the tables but does not have the key can make none of it. Who
 * takes entries away at the end would have to show a seal of an earlier end, and that is nowhere kept.
 */
import { createHmac, hash as digestOf } from "node:crypto";
import type { AuditEntry, ChainEnd, PersonalPart } from "#lib/model/audit.ts";

/** The hash before the first entry of a chain. */
export const noHash = Buffer.alloc(32);

const sha256 = (...parts: readonly Buffer[]): Buffer => digestOf("sha256", Buffer.concat(parts), "buffer");

const blockLength = 64;
const pad = (key: Buffer, byte: number): Buffer =>
  Buffer.alloc(blockLength, byte).map((value, at) => value ^ (key[at] ?? 0)) as Buffer;

/** A key, of 32 bytes, as HMAC-SHA-256 (RFC 2104) begins with it: every write makes three, and a Hmac object costs more than its hashes. */
export interface AuditKey {
  readonly inner: Buffer;
  readonly outer: Buffer;
}

const hmac = ({ inner, outer }: AuditKey, ...parts: readonly Buffer[]): Buffer => sha256(outer, sha256(inner, ...parts));

const json = (value: unknown): Buffer => Buffer.from(JSON.stringify(value));

const keys = new WeakMap<Buffer, AuditKey>();

/** The key of the log, made of the instance's secret. */
export const auditKey = (secret: Buffer): AuditKey => {
  const known = keys.get(secret);
  if (known) return known;
  const key = createHmac("sha256", secret).update("audit").digest();
  const made = { inner: pad(key, 0x36), outer: pad(key, 0x5c) };
  keys.set(secret, made);
  return made;
};

/** Tells nothing of the personal part once the salt is gone. */
export const personalDigest = (salt: Buffer, { address, correlationId, calendarId, subject, details }: PersonalPart): Buffer =>
  sha256(salt, json([address, correlationId, calendarId, subject, details]));

export const entryDigest = (
  key: AuditKey,
  { chain, number, at, action, userId, keyId }: Omit<AuditEntry, keyof PersonalPart | "isErased">,
  personal: Buffer,
): Buffer => hmac(key, personal, json(["entry", chain, number, at, action, userId, keyId]));

export const chainHash = (key: AuditKey, before: Buffer, digest: Buffer): Buffer => hmac(key, before, digest);

export const endSeal = (key: AuditKey, { chain, number, hash }: Omit<ChainEnd, "seal">): Buffer =>
  hmac(key, hash, json(["end", chain, number]));

/** What shows that an entry's personal part was erased by the program, and not by somebody who wanted to hide it. */
export const erasureMark = (key: AuditKey, { chain, number }: Pick<AuditEntry, "chain" | "number">): Buffer =>
  hmac(key, json(["erased", chain, number]));
