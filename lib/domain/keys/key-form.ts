/**
 * What a key looks like: `cal_<environment>_<id>_<secret><checksum>`, so that scanners find one in a text, tell it from an example
 * by its checksum, and whoever it belongs to can end it by its id, which is no secret.
 */
import { randomBytes } from "node:crypto";
import { crc32 } from "node:zlib";

const digits = "0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz";
const idLength = 12;
/** 32 digits of 62 are 190 bits. */
const secretLength = 32;
const checksumLength = 6;

const form = new RegExp(
  `^(cal_[a-z][a-z0-9]{0,15}_([0-9A-Za-z]{${idLength}})_[0-9A-Za-z]{${secretLength}})([0-9A-Za-z]{${checksumLength}})$`,
);

/** So many random digits, each of the 62 as likely as the others. */
const randomDigits = (length: number): string => {
  let text = "";
  while (text.length < length) {
    for (const byte of randomBytes(length)) if (byte < 248 && text.length < length) text += digits[byte % 62];
  }
  return text;
};

/** CRC-32 (as of zlib) in base 62, the most significant digit first. */
const checksumOf = (text: string): string => {
  let rest = crc32(text);
  let written = "";
  for (let place = 0; place < checksumLength; place += 1) {
    written = digits[rest % 62] + written;
    rest = Math.floor(rest / 62);
  }
  return written;
};

/** A new key and its public id. */
export const newKey = (environment: string): { readonly id: string; readonly key: string } => {
  const id = randomDigits(idLength);
  const body = `cal_${environment}_${id}_${randomDigits(secretLength)}`;
  return { id, key: body + checksumOf(body) };
};

/**
 * What a text says of itself: the id in a key whose checksum is right; `broken` when only that is wrong; undefined for any other
 * text, which may be a key of an older form, or one that an operator chose.
 */
export const readKeyForm = (text: string): { readonly id: string } | "broken" | undefined => {
  const parts = form.exec(text);
  if (!parts) return undefined;
  const [, body = "", id = "", checksum] = parts;
  return checksumOf(body) === checksum ? { id } : "broken";
};
