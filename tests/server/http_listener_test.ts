import { assert, assertEquals, assertThrows } from "@std/assert";
import {
  HttpListener,
  type HttpListenerOptions,
  type HttpServeOptions,
  type ListenerState,
} from "../../src/server/http_listener.ts";
import { ListenError } from "../../src/server/listener.ts";
import { inTime, isPending, settle } from "../support/pending.ts";

/** A listener whose server is the test. */
class Scene {
  readonly messages: string[] = [];
  readonly finished = Promise.withResolvers<void>();
  shutdowns = 0;
  served: HttpServeOptions | undefined;
  state: (() => ListenerState) | undefined;

  open(options: Partial<HttpListenerOptions> = {}): HttpListener {
    return new HttpListener({
      hostname: "127.0.0.1",
      port: 0,
      reusePort: false,
      log: (message) => this.messages.push(message),
      createHandler: (state) => {
        this.state = state;
        return () => new Response("answer");
      },
      serve: (served) => {
        this.served = served;
        return {
          addr: { hostname: "127.0.0.1", port: 8080 },
          finished: this.finished.promise,
          shutdown: () => {
            this.shutdowns++;
            return Promise.resolve();
          },
        };
      },
      ...options,
    });
  }
}

Deno.test("HttpListener is starting until it may accept, then serving, then draining", async () => {
  const scene = new Scene();
  const mayAccept = Promise.withResolvers<void>();
  const listener = scene.open({ mayAccept: mayAccept.promise });
  assertEquals(listener.address, { name: "http", hostname: "127.0.0.1", port: 8080 });
  await settle();
  assertEquals(scene.state!(), "starting");
  mayAccept.resolve();
  await settle();
  assertEquals(scene.state!(), "serving");
  assert(await isPending(listener.stoppedListening));
  listener.shutDown();
  listener.shutDown();
  assertEquals([scene.state!(), scene.shutdowns], ["draining", 1]);
  await inTime(listener.stoppedListening);
  assert(await isPending(listener.finished));
  assert(!scene.served!.signal.aborted);
  listener.close();
  assert(scene.served!.signal.aborted);
  scene.finished.resolve();
  await inTime(listener.finished);
});

Deno.test("HttpListener that is shut down while it starts does not serve", async () => {
  const scene = new Scene();
  const mayAccept = Promise.withResolvers<void>();
  const listener = scene.open({ mayAccept: mayAccept.promise });
  listener.shutDown();
  mayAccept.resolve();
  await settle();
  assertEquals(scene.state!(), "draining");
  await inTime(listener.stoppedListening);
});

Deno.test("HttpListener logs a body that failed in one line, and nothing of a client that has left", () => {
  const scene = new Scene();
  scene.open();
  const { onError } = scene.served!;
  onError(new Error("the disk\nfailed"));
  onError(undefined);
  onError(new Deno.errors.BrokenPipe("left"));
  assertEquals(scene.messages, [
    "Closed an HTTP connection (the disk?failed).",
    "Closed an HTTP connection (undefined).",
  ]);
});

Deno.test("HttpListener names --http if it cannot listen", () => {
  const serve = () => {
    throw new Deno.errors.AddrInUse("in use");
  };
  const error = assertThrows(() => new Scene().open({ port: 80, serve }), ListenError);
  assertEquals(
    error.message,
    "Cannot listen on 127.0.0.1:80 (the port is in use). Choose another one with --http, or 0 for a free one.",
  );
});
