/**
 * `npm run diff -- <environment> [sha256:…] [--out <file>]`: what a deploy would change, of which the templates alone are read; as Markdown
 * at the end of a file for a comment or a summary. Without an image the one that is compared is all zeros.
 */
import { spawnSync } from "node:child_process";
import { appendFileSync, mkdirSync } from "node:fs";
import { dirname } from "node:path";
import { parseArgs, stripVTControlCharacters } from "node:util";
import { environmentOf, main } from "./target.ts";

/** GitHub takes 65,536 characters in a comment, and three environments share one. */
const longest = 20_000;

const { values, positionals } = parseArgs({ allowPositionals: true, options: { out: { type: "string" } } });

await main(async () => {
  const { name } = environmentOf(positionals[0]);
  const [, image = "none"] = positionals;
  const context = ["-c", `environment=${name}`, "-c", `image=${image}`];
  const { status, stdout, stderr } = spawnSync("cdk", ["diff", "--method=template", "--ci", ...context], {
    encoding: "utf8",
    maxBuffer: 64_000_000,
    env: { ...process.env, NO_COLOR: "1" },
  });
  const text = stripVTControlCharacters(stdout ?? "").trim();
  process.stdout.write(`${text}\n`);
  if (status !== 0) throw new Error(`cdk diff failed.\n${stderr ?? ""}`);
  if (values.out === undefined) return;
  const cut = text.length > longest ? `${text.slice(0, longest)}\n… and more: the job's log has all of it.` : text;
  const [, total = "?"] = /Number of stacks with differences: (\d+)/.exec(text) ?? [];
  mkdirSync(dirname(values.out), { recursive: true });
  // A fence longer than any that the text may have.
  appendFileSync(
    values.out,
    `<details><summary><b>${name}</b>: ${total} stacks would change</summary>\n\n\`\`\`\`\`diff\n${cut.replaceAll("`````", "'''''")}\n\`\`\`\`\`\n\n</details>\n\n`,
  );
});
