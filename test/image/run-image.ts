/**
 * Runs a program of the image as an engine would: the image's files, Node and the system's libraries are all there is, nothing can be
 * written but /tmp, and the process is number 1 of its own, the image's user, without capabilities. It takes Linux and root.
 */
import { type ChildProcess, execFileSync, spawn } from "node:child_process";
import { once } from "node:events";
import { mkdirSync, readFileSync } from "node:fs";
import type { Image } from "./make-image.ts";

const isPossible = (): boolean => {
  try {
    execFileSync("unshare", ["--mount", "--pid", "--fork", "mount", "-t", "tmpfs", "none", "/mnt"], { stdio: "ignore" });
    execFileSync("setpriv", ["--version"], { stdio: "ignore" });
    return true;
  } catch {
    return false;
  }
};

/** `describe`, or what skips the tests and says why. */
export const describeWithNamespaces = (name: string, tests: () => void): void =>
  isPossible() ? describe(name, tests) : describe.skip(`${name} (skipped: no root that may make namespaces)`, tests);

/** $1: an empty folder for the root, $2: the image's files, $3: their place in it, $4: Node, $5: user. Then the program and its environment. */
const script = `
  set -e
  root=$1 files=$2 workdir=$3 node=$4 user=$5; shift 5
  mount -t tmpfs -o mode=755 none "$root"
  mkdir -p "$root$workdir" "$root/tmp" "$root/proc" "$root/dev" "$root/usr" "$root/etc"
  for place in bin lib lib64 sbin; do [ ! -L /$place ] || cp -P /$place "$root/$place"; done
  for place in usr dev; do mount --rbind /$place "$root/$place"; done
  mount -t tmpfs none "$root/usr/local"
  mkdir "$root/usr/local/bin"; touch "$root/usr/local/bin/node"
  mount --bind "$node" "$root/usr/local/bin/node"
  mount --bind "$files" "$root$workdir"
  mount -t proc none "$root/proc"
  for place in "$workdir" /usr /usr/local /usr/local/bin/node /; do mount -o remount,bind,ro "$root$place"; done
  mount -t tmpfs -o mode=1777 none "$root/tmp"
  exec chroot "$root" setpriv --reuid="$user" --regid="$user" --clear-groups --no-new-privs --bounding-set=-all --inh-caps=-all \\
    env --ignore-environment --chdir="$workdir" PATH=/usr/local/bin:/usr/bin:/bin "$@"`;

export interface Running {
  readonly child: ChildProcess;
  /** What it has written so far, to standard output and standard error. */
  readonly said: () => string;
  readonly exited: Promise<number | null>;
  /** Sends a signal to the program itself, as an engine does. */
  signal(name: NodeJS.Signals): void;
  /** What the kernel says of the program: `Uid`, `CapEff`, … */
  status(): string;
}

/** @param root an empty folder of this run's own. */
export const startInImage = (
  image: Image,
  root: string,
  program: readonly string[],
  environment: Readonly<Record<string, string>> = {},
): Running => {
  mkdirSync(root, { recursive: true });
  const variables = Object.entries({ ...image.environment, ...environment }).map(([name, value]) => `${name}=${value}`);
  const [user = ""] = image.user.split(":");
  const places = [root, image.folder, image.workdir, process.execPath, user];
  const namespaces = ["--mount", "--pid", "--fork", "--kill-child"];
  const child = spawn("unshare", [...namespaces, "sh", "-c", script, "sh", ...places, ...variables, ...program], {
    stdio: ["ignore", "pipe", "pipe"],
  });
  let said = "";
  for (const stream of [child.stdout, child.stderr]) {
    stream.on("data", (chunk) => {
      said += chunk;
    });
  }
  const pid = () => Number(readFileSync(`/proc/${child.pid}/task/${child.pid}/children`, "utf8").trim());
  return {
    child,
    said: () => said,
    exited: once(child, "close").then(([code]) => code as number | null),
    signal: (name) => process.kill(pid(), name),
    status: () => readFileSync(`/proc/${pid()}/status`, "utf8"),
  };
};
