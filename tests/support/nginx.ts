import { until } from "./text_threads.ts";

/** The program, if it is installed where Debian has it. */
export const NGINX: string | undefined = ["/usr/sbin/nginx", "/usr/bin/nginx"].find((path) => {
  try {
    return Deno.statSync(path).isFile;
  } catch {
    return false;
  }
});

/** nginx with the files of a temporary directory. */
export class Nginx implements AsyncDisposable {
  /** The root of the site. */
  readonly directory: string;
  readonly #home: string;
  readonly #process: Deno.ChildProcess;
  readonly #port: number;

  private constructor(home: string, port: number) {
    this.#home = home;
    this.#port = port;
    this.directory = `${home}/files`;
    this.#process = new Deno.Command(NGINX!, {
      args: ["-p", home, "-c", `${home}/nginx.conf`, "-e", `${home}/error.log`],
      stdin: "null",
      stdout: "null",
      stderr: "null",
    }).spawn();
  }

  static async start(): Promise<Nginx> {
    const home = await Deno.makeTempDir({ prefix: "linesvr_nginx_" });
    await Deno.mkdir(`${home}/files`);
    const port = freePort();
    await Deno.writeTextFile(`${home}/nginx.conf`, configuration(home, port));
    const nginx = new Nginx(home, port);
    await until(() => nginx.#accepts());
    return nginx;
  }

  url(path: string): string {
    return `http://127.0.0.1:${this.#port}${path}`;
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.#process.kill("SIGTERM");
    await this.#process.status;
    await Deno.remove(this.#home, { recursive: true });
  }

  async #accepts(): Promise<boolean> {
    try {
      (await Deno.connect({ hostname: "127.0.0.1", port: this.#port })).close();
      return true;
    } catch {
      return false;
    }
  }
}

function configuration(home: string, port: number): string {
  const temporary = ["client_body", "proxy", "fastcgi", "uwsgi", "scgi"]
    .map((name) => `${name}_temp_path ${home}/${name};`);
  return `
    daemon off;
    master_process off;
    pid ${home}/nginx.pid;
    events {}
    http {
      access_log off;
      ${temporary.join("\n")}
      server {
        listen 127.0.0.1:${port};
        root ${home}/files;
      }
    }
  `;
}

function freePort(): number {
  using listener = Deno.listen({ hostname: "127.0.0.1", port: 0 });
  return listener.addr.port;
}
