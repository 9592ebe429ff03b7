import { assertEquals, assertMatch } from "@std/assert";
import { numberedLines } from "../support/e2e_bytes.ts";
import { hasProgram, runCommand, testIfThere } from "../support/programs.ts";
import { inTemporaryDirectory } from "../support/temporary_directory.ts";

const PERMISSIONS = ["--allow-read", "--allow-write", "--allow-run", "--allow-net=127.0.0.1"];

testIfThere(
  "bench:scaling prints a row for each number of servers",
  "Linux with HAProxy",
  Deno.build.os === "linux" && await hasProgram("haproxy", ["-v"]),
  () =>
    inTemporaryDirectory(async (directory) => {
      const path = `${directory}/text.txt`;
      await Deno.writeTextFile(path, numberedLines(100));
      const flags = ["--runs", "1", "--duration", "50ms", "--clients", "2"];
      const args = ["run", "--no-check", ...PERMISSIONS, "tools/bench_scaling.ts", path, ...flags];
      const { code, stdout, stderr } = await runCommand(Deno.execPath(), args);
      assertEquals(code, 0, stderr);
      const rows = stdout.split("\n").slice(2, -2);
      assertEquals(rows.map((row) => row.split(" | ")[0]), [
        "| 1, without HAProxy",
        "| 1",
        "| 2",
        "| 3",
        "| 4",
      ]);
      for (const row of rows) assertMatch(row, / \| [\d,]+ \([\d,]+–[\d,]+\) \| [\d.]+ \|$/);
    }),
);
