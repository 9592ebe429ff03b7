import { assertEquals, assertStringIncludes, assertThrows } from "@std/assert";
import type { IndexHeader } from "../../../src/index/format/header.ts";
import { IndexReader } from "../../../src/index/index_reader.ts";
import { TextError } from "../../../src/source/text_error.ts";
import { TextFile } from "../../../src/source/local/text_file.ts";
import { misfit } from "../../../src/source/local/misfit.ts";
import { TextGuard, TRUST_MS } from "../../../src/source/local/text_guard.ts";
import { TextFixture } from "../../support/text_fixture.ts";

const TEXT = "one\ntwo\nthree\n";

/** A guard with a clock that the test sets. */
class Scene implements AsyncDisposable {
  nowMs = 0;
  readonly told: string[] = [];
  readonly path: string;
  readonly header: IndexHeader;
  readonly guard: TextGuard;
  readonly #fixture: TextFixture;
  readonly #text: TextFile;
  #touches = 0;

  private constructor(fixture: TextFixture) {
    this.#fixture = fixture;
    this.path = fixture.textPath;
    this.#text = TextFile.open(fixture.textPath);
    using index = IndexReader.open(fixture.indexPath);
    this.header = index.header;
    const onError = ({ message }: Error) => this.told.push(message);
    this.guard = new TextGuard(this.#text, this.header, onError, () => this.nowMs);
  }

  static async create(): Promise<Scene> {
    return new Scene(await TextFixture.create(TEXT));
  }

  /** Lets the guard look, however long it trusts what it saw before. */
  look(): void {
    this.nowMs += TRUST_MS;
    this.guard.check();
  }

  assertChanged(): void {
    const error = assertThrows(() => this.look(), TextError);
    assertStringIncludes(error.message, this.path);
  }

  /** Writes into the same file, and gives it a time of its own: the system's clock is too coarse. */
  async write(text: string): Promise<void> {
    await Deno.writeTextFile(this.path, text);
    await this.touch();
  }

  async touch(): Promise<void> {
    const time = new Date(Date.UTC(2001, 0, 1 + this.#touches++));
    await Deno.utime(this.path, time, time);
  }

  async replace(text: string): Promise<void> {
    await Deno.writeTextFile(`${this.path}.new`, text);
    await Deno.rename(`${this.path}.new`, this.path);
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.#text.close();
    await this.#fixture[Symbol.asyncDispose]();
  }
}

Deno.test("a text that nobody changed is trusted on and on", async () => {
  await using scene = await Scene.create();
  scene.guard.check();
  for (let i = 0; i < 5; i++) scene.look();
});

Deno.test("a touched text is trusted", async () => {
  await using scene = await Scene.create();
  scene.look();
  for (let i = 0; i < 3; i++) {
    await scene.touch();
    scene.look();
  }
});

Deno.test("the content of a touched text is compared once", async () => {
  await using scene = await Scene.create();
  await scene.touch();
  scene.look();
  // Whoever compares the content now finds anscene.
  scene.header.fingerprint[0]! ^= 1;
  scene.look();
  await scene.touch();
  scene.assertChanged();
});

Deno.test("a text that was written anew with the same content is trusted", async () => {
  await using scene = await Scene.create();
  await scene.write(TEXT);
  scene.look();
  await scene.replace(TEXT);
  scene.look();
});

Deno.test("a text is refused that was replaced by a copy, and is written to where it is now", async () => {
  for (const isLookedAtBetween of [true, false]) {
    await using scene = await Scene.create();
    await Deno.rename(scene.path, `${scene.path}.old`);
    await Deno.copyFile(`${scene.path}.old`, scene.path);
    if (isLookedAtBetween) scene.look();
    await Deno.writeTextFile(`${scene.path}.old`, "one\nTWO\nthree\n");
    await Deno.utime(`${scene.path}.old`, 0, 1);
    scene.assertChanged();
  }
});

Deno.test("what was read while somebody touched the text is not confirmed, and is afterwards", async () => {
  await using scene = await Scene.create();
  scene.guard.check();
  assertEquals(scene.guard.confirm(), true);
  await scene.touch();
  assertEquals(scene.guard.confirm(), false);
  assertEquals(scene.guard.confirm(), true);
});

Deno.test("what was read while the text is another is refused, however long it was trusted", async () => {
  await using scene = await Scene.create();
  scene.guard.check();
  await scene.write("one\nTWO\nthree\n");
  assertThrows(() => scene.guard.confirm(), TextError, scene.path);
  assertThrows(() => scene.guard.check(), TextError, scene.path);
});

for (
  const [what, text] of [
    ["cut off", "one\ntwo\n"],
    ["emptied", ""],
    ["longer", `${TEXT}four\n`],
    ["other of the same size", "one\nTWO\nthree\n"],
  ] as const
) {
  Deno.test(`a text that was written into and is ${what} is refused`, async () => {
    await using scene = await Scene.create();
    scene.look();
    await scene.write(text);
    scene.assertChanged();
  });

  Deno.test(`a text in whose place is another that is ${what} is refused`, async () => {
    await using scene = await Scene.create();
    scene.look();
    await scene.replace(text);
    scene.assertChanged();
  });
}

Deno.test("a text changed between opening and the first look is refused", async () => {
  await using scene = await Scene.create();
  await scene.write("one\nTWO\nthree\n");
  assertThrows(() => scene.guard.check(), TextError);
});

Deno.test("a text changed after a touch is refused", async () => {
  await using scene = await Scene.create();
  await scene.touch();
  scene.look();
  await scene.write("one\nTWO\nthree\n");
  scene.assertChanged();
});

Deno.test("a text that changed once is refused for ever", async () => {
  await using scene = await Scene.create();
  await scene.write("one\nTWO\nthree\n");
  scene.assertChanged();
  assertThrows(() => scene.guard.check(), TextError);
  await scene.write(TEXT);
  scene.assertChanged();
});

Deno.test("a text is not looked at again within TRUST_MS, and is then", async () => {
  await using scene = await Scene.create();
  scene.look();
  await scene.write("one\nTWO\nthree\n");
  scene.guard.check();
  scene.nowMs += TRUST_MS - 1;
  scene.guard.check();
  scene.nowMs += 1;
  assertThrows(() => scene.guard.check(), TextError);
});

Deno.test("a text that is away is refused, and trusted when it is back as it was", async () => {
  await using scene = await Scene.create();
  await Deno.rename(scene.path, `${scene.path}.away`);
  scene.assertChanged();
  scene.assertChanged();
  await Deno.rename(`${scene.path}.away`, scene.path);
  scene.look();
});

Deno.test("a directory in the text's place is refused", async () => {
  await using scene = await Scene.create();
  await Deno.remove(scene.path);
  await Deno.mkdir(scene.path);
  scene.assertChanged();
});

Deno.test("a large text that was written to is not served on, even where no sample shows it", async () => {
  await using fixture = await TextFixture.create(new Uint8Array(5 * 1024 * 1024).fill(97));
  using text = TextFile.open(fixture.textPath);
  using index = IndexReader.open(fixture.indexPath);
  let nowMs = 0;
  const guard = new TextGuard(text, index.header, () => {}, () => nowMs);
  guard.check();
  const file = await Deno.open(fixture.textPath, { write: true });
  // Between the first sampled block and the second.
  await file.seek(70_000, Deno.SeekMode.Start);
  await file.write(new Uint8Array([10]));
  await file.utime(0, 1);
  file.close();
  assertEquals(misfit(text, index.header), undefined);
  nowMs += TRUST_MS;
  assertThrows(() => guard.check(), TextError, "Text changed");
});

Deno.test("a text that was written anew with the same content is trusted up to 4 MiB, and no larger one", async () => {
  for (const spare of [0, 1]) {
    const bytes = new Uint8Array(4 * 1024 * 1024 + spare).fill(97);
    await using fixture = await TextFixture.create(bytes);
    using text = TextFile.open(fixture.textPath);
    using index = IndexReader.open(fixture.indexPath);
    const guard = new TextGuard(text, index.header);
    await Deno.writeFile(fixture.textPath, bytes);
    await Deno.utime(fixture.textPath, 0, 1);
    if (spare === 0) guard.check();
    else assertThrows(() => guard.check(), TextError, "Text changed");
  }
});

Deno.test("who asked to be told is told once of the same error in a row, and again after it was over", async () => {
  await using scene = await Scene.create();
  scene.look();
  assertEquals(scene.told, []);
  for (let round = 1; round <= 2; round++) {
    await Deno.remove(scene.path);
    for (let i = 0; i < 3; i++) scene.assertChanged();
    assertEquals(scene.told.length, round);
    await scene.write(TEXT);
    scene.look();
  }
  await scene.write(TEXT.replace("two", "2"));
  for (let i = 0; i < 3; i++) scene.assertChanged();
  assertEquals(scene.told.length, 3);
  assertStringIncludes(scene.told[2]!, "Text changed: ");
});
