/** Debian's HAProxy, in the place of a load balancer. Where it is missing, tests that want one say so in their titles. */
import { existsSync } from "node:fs";

const program = ["/usr/sbin/haproxy", "/usr/local/sbin/haproxy", "/opt/homebrew/bin/haproxy"].find((path) => existsSync(path));

/** The program; only inside of {@link describeWithHaproxy}. */
export const haproxy = program as string;

/** `describe`, or what skips the tests and says why. */
export const describeWithHaproxy = (name: string, tests: () => void): void =>
  program ? describe(name, tests) : describe.skip(`${name} (skipped: haproxy is not installed)`, tests);
