import { assertEquals } from "@std/assert";
import { CHECK_EVERY_MS, watchText } from "../../../src/cli/commands/watch_text.ts";
import { TextError } from "../../../src/source/text_source.ts";
import { ManualTimers } from "../../support/manual_timers.ts";

/** A text that fails its checks when the test says so. */
class Stage {
  readonly timers = new ManualTimers();
  readonly changes: string[] = [];
  error: Error | undefined;
  readonly watch: Disposable;

  constructor() {
    const check = () => {
      if (this.error !== undefined) throw this.error;
    };
    this.watch = watchText({ check }, ({ message }) => this.changes.push(message), this.timers);
  }
}

Deno.test("watchText() reports once a text that fails two checks in a row", () => {
  const stage = new Stage();
  stage.timers.advance(10 * CHECK_EVERY_MS);
  stage.error = new TextError("File changed");
  stage.timers.advance(CHECK_EVERY_MS);
  assertEquals(stage.changes, []);
  stage.timers.advance(CHECK_EVERY_MS);
  assertEquals(stage.changes, ["File changed"]);
  assertEquals(stage.timers.pendingCount, 0);
});

Deno.test("watchText() does not report a file that is missing for one check", () => {
  const stage = new Stage();
  for (let i = 0; i < 5; i++) {
    stage.error = i % 2 === 0 ? new TextError("missing") : undefined;
    stage.timers.advance(CHECK_EVERY_MS);
  }
  assertEquals(stage.changes, []);
  stage.watch[Symbol.dispose]();
  assertEquals(stage.timers.pendingCount, 0);
});
