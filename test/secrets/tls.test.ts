/** TLS to a real PostgreSQL: its certificate must be for the very host that the URL names, and by the authority that is trusted. */
import { execFileSync } from "node:child_process";
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { openDatabase, row, sql } from "#lib/sql/database.ts";
import { migrate } from "#lib/sql/migrate.ts";
import { type OwnPostgres, startOwnPostgres } from "#test/support/own-postgres.ts";

/** Loopback has many addresses on Linux alone; so the fixed port of the embedded server is free on one of them. */
const octets = Array.from({ length: 2 }, () => 1 + Math.floor(Math.random() * 254));
const [named, other] = [`127.${octets.join(".")}.1`, `127.${octets.join(".")}.2`];

const hasOpenssl = (() => {
  try {
    execFileSync("openssl", ["version"]);
    return process.platform === "linux";
  } catch {
    return false;
  }
})();
const describeWithOpenssl = hasOpenssl
  ? describe
  : (name: string, tests: () => void) => describe.skip(`${name} (skipped: it takes openssl, on Linux)`, tests);

describeWithOpenssl("TLS to the database", () => {
  let folder: string;
  let postgres: OwnPostgres;

  const make = (...args: string[]) => execFileSync("openssl", args, { cwd: folder, stdio: "ignore" });
  const authority = (name: string) =>
    make(
      "req",
      "-x509",
      "-newkey",
      "ec",
      "-pkeyopt",
      "ec_paramgen_curve:prime256v1",
      "-nodes",
      "-days",
      "2",
      "-subj",
      `/CN=${name}`,
      "-keyout",
      `${name}.key`,
      "-out",
      `${name}.pem`,
    );

  beforeAll(async () => {
    folder = mkdtempSync(join(tmpdir(), "calendar-tls-"));
    authority("ours");
    authority("theirs");
    make(
      "req",
      "-newkey",
      "ec",
      "-pkeyopt",
      "ec_paramgen_curve:prime256v1",
      "-nodes",
      "-subj",
      "/CN=db",
      "-keyout",
      "server.key",
      "-out",
      "server.csr",
    );
    writeFileSync(join(folder, "names"), `subjectAltName=IP:${named},DNS:db.example.org`);
    make(
      "x509",
      "-req",
      "-in",
      "server.csr",
      "-CA",
      "ours.pem",
      "-CAkey",
      "ours.key",
      "-days",
      "2",
      "-extfile",
      "names",
      "-out",
      "server.pem",
    );
    const read = (name: string) => readFileSync(join(folder, name), "utf8");
    postgres = await startOwnPostgres(
      ["hostssl all all 127.0.0.0/8 trust", "hostnossl all all 127.0.0.0/8 reject"],
      { listen_addresses: `${named},${other}`, ssl: "on", ssl_cert_file: "server.pem", ssl_key_file: "server.key" },
      { "server.pem": read("server.pem"), "server.key": read("server.key") },
    );
  });
  afterAll(async () => {
    await postgres.stop();
    rmSync(folder, { recursive: true, force: true });
  });

  const urlOf = (host: string, mode: string, ca?: string) =>
    `postgresql://postgres@${host}:5432/postgres?sslmode=${mode}${ca ? `&sslrootcert=${join(folder, ca)}` : ""}`;

  /** The TLS version a connection runs under; throws when there is none. */
  const connect = async (url: string) => {
    const db = await openDatabase(url, { poolSize: 1, statementTimeoutMs: 5_000 });
    try {
      const { version } = await db.one(
        sql.type(row<{ version: string | null }>())`select version from pg_stat_ssl where pid = pg_backend_pid()`,
      );
      return version;
    } finally {
      await db.close();
    }
  };

  it.each(["require", "verify-ca", "verify-full"])("sslmode=%s takes the right certificate, and no other", async (mode) => {
    expect(await connect(urlOf(named, mode, "ours.pem"))).toBe("TLSv1.3");
    await expect(connect(urlOf(other, mode, "ours.pem"))).rejects.toThrow(/does not match certificate|not in the cert's list/);
    await expect(connect(urlOf("localhost", mode, "ours.pem"))).rejects.toThrow();
    await expect(connect(urlOf(named, mode, "theirs.pem"))).rejects.toThrow(/certificate/);
    await expect(connect(urlOf(named, mode))).rejects.toThrow(/certificate/);
  });

  it("a root certificate alone stands for verify-full", async () => {
    const url = (host: string) => urlOf(host, "", "ours.pem").replace("sslmode=&", "");
    expect(await connect(url(named))).toBe("TLSv1.3");
    await expect(connect(url(other))).rejects.toThrow(/does not match certificate|not in the cert's list/);
  });

  it("no-verify encrypts alone, and disable does not", async () => {
    expect(await connect(urlOf(other, "no-verify"))).toBe("TLSv1.3");
    await expect(connect(urlOf(named, "disable"))).rejects.toThrow(/pg_hba.conf|no encryption/);
  });

  it("the queue's own connections are verified as well", async () => {
    expect(await migrate({ url: urlOf(named, "verify-full", "ours.pem") })).toContain("queue");
    const db = await openDatabase(postgres.url, { poolSize: 1, statementTimeoutMs: 5_000 });
    await db.query(sql.type(row())`update migrations set hash = '' where name = 'queue'`);
    await db.close();
    await expect(migrate({ url: urlOf(other, "verify-full", "ours.pem") })).rejects.toThrow();
  });
});
