/** A domain, any case. */
const domain = "[A-Za-z0-9]([A-Za-z0-9.-]{0,251}[A-Za-z0-9])?";

/** The pattern of an e-mail address, for schemas: no quoted local parts, nothing that a path or a header could trip over. */
export const addressPattern = String.raw`^[^\s@/\\"<>]{1,64}@${domain}$`;

const addressForm = new RegExp(addressPattern);
const domainForm = new RegExp(`^${domain}$`);

export const isAddress = (value: string): boolean => addressForm.test(value);
export const isDomain = (value: string): boolean => domainForm.test(value);
