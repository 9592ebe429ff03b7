import { assertEquals, assertMatch, assertThrows } from "@std/assert";
import { unreadableIndex, unwritableIndex } from "../../src/index/index_error.ts";
import { cannotRead } from "../../src/source/local/regular_file.ts";
import { describeSystemError } from "../../src/source/messages.ts";
import { inTemporaryDirectory } from "../support/temporary_directory.ts";

const REMEDIES: Readonly<Record<string, RegExp>> = {
  EMFILE: /\(too many open files\)\. Raise the limit of open files \(ulimit -n\)\.$/,
  ENFILE: /\(too many open files in the system\)\. Raise the limit .* \(sysctl fs\.file-max\)\.$/,
  ENOMEM: /\(not enough memory\)\. Stop other programs, or add memory\.$/,
  ELOOP: /\(too many symbolic links\)\. Check the symbolic links in its path\.$/,
  ENAMETOOLONG: /\(the name is too long\)\. Choose a shorter path\.$/,
  EISDIR: /\(is a directory\)\. Choose a regular file\.$/,
};

for (const [code, expected] of Object.entries(REMEDIES)) {
  Deno.test(`errors of texts and indexes with the code ${code} say what to do about it`, () => {
    const cause = Object.assign(new Error("raw"), { code });
    const errors = [
      cannotRead("/a/b", describeSystemError(cause), cause),
      unreadableIndex("/a/b", cause),
      unwritableIndex("/a/b", cause),
    ];
    for (const { message } of errors) assertMatch(message, expected);
  });
}

Deno.test("errors with a code that has no remedy of its own advise on the path", () => {
  const cause = Object.assign(new Error("raw"), { code: "EACCES" });
  assertEquals(
    cannotRead("/a/b", describeSystemError(cause), cause).message,
    "Cannot read file: /a/b (permission denied). Check its path and permissions.",
  );
  assertMatch(unwritableIndex("/a/b", cause).message, /Choose another path with --index\.$/);
});

Deno.test("describeSystemError() knows the codes that Deno gives to names that are too long and to link loops", async () => {
  await inTemporaryDirectory(async (directory) => {
    const loop = `${directory}/loop`;
    await Deno.symlink(loop, loop);
    const tooLong = `${directory}/${"x".repeat(300)}`;
    const found = [loop, tooLong].map((path) =>
      describeSystemError(assertThrows(() => Deno.statSync(path)))
    );
    assertEquals(found, ["too many symbolic links", "the name is too long"]);
  });
});

Deno.test({
  name: "describeSystemError() knows errors to which Deno gives no code by their number",
  ignore: Deno.build.os !== "linux",
  fn: () => {
    const error = new Error("Too many open files in system (os error 23)");
    assertEquals(describeSystemError(error), "too many open files in the system");
  },
});
