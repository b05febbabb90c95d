import { spawn } from "node:child_process";
import { once } from "node:events";
import { resolve } from "node:path";
import { setTimeout as delay } from "node:timers/promises";

/** Writes more than a reader that rests leaves room for, tells how much was dropped, and ends once it may. */
const program = `
  import { bufferStandardOutput, writeLine } from ${JSON.stringify(resolve("lib/observe/output.ts"))};
  const output = bufferStandardOutput();
  process.on("exit", output.flush);
  for (let block = 0; block < 100; block += 1) {
    for (let line = 0; line < 2_000; line += 1) writeLine(String(block * 2_000 + line).padStart(7, "0") + "x".repeat(120));
    await new Promise((resolve) => setTimeout(resolve, 1));
  }
  process.send(output.dropped());
  process.once("message", () => process.exit(0));
`;

it("goes on when nobody reads its output, drops whole lines, and writes the rest when somebody does", async () => {
  const child = spawn(process.execPath, ["--disable-warning=ExperimentalWarning", "--input-type=module", "-e", program], {
    stdio: ["ignore", "pipe", "inherit", "ipc"],
  });
  try {
    let dropped: number | undefined;
    child.once("message", (message) => {
      dropped = message as number;
    });
    for (let patience = 0; patience < 400 && dropped === undefined; patience += 1) await delay(25);
    expect(dropped).toBeGreaterThan(1_000);

    let read = "";
    child.stdout?.setEncoding("utf8").on("data", (text) => {
      read += text;
    });
    child.send("end");
    const [code] = await once(child, "close");

    expect(code).toBe(0);
    const lines = read.split("\n");
    expect(lines.pop()).toBe("");
    expect(lines).toHaveLength(200_000 - (dropped ?? 0));
    expect(lines.every((line) => /^\d{7}x{120}$/.test(line))).toBe(true);
    // Each once. Their order is not promised: the flush at exit may overtake a block that is still on its way.
    expect(new Set(lines).size).toBe(lines.length);
  } finally {
    child.kill("SIGKILL");
  }
});
