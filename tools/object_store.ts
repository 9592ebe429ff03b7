/**
 * `deno task object-store up|down`: a real S3 store on this machine for tests, Ceph with one node whose data is in
 * memory. It listens on the loopback interface only. Debian has it: `ceph-mon`, `ceph-osd`, `ceph-common`, `radosgw`.
 *
 * The settings are those of docs.ceph.com, "Manual deployment", for a node without authentication.
 *
 * @module
 */
const ENDPOINT_PORT = 28_080;
const MONITOR_PORTS = { v2: 23_300, v1: 26_789 };
const STORE_BYTES = 4 * 1024 ** 3;
const READY_ATTEMPTS_MAX = 300;
const ATTEMPT_EVERY_MS = 100;
const KEYS = { access: "testkey", secret: "testsecret" };

const HOME = `${Deno.env.get("TMPDIR") ?? "/tmp"}/linesvr-test-object-store`;
const CONFIGURATION = `${HOME}/ceph.conf`;
// In the order in which they are stopped.
const DAEMONS = ["client.rgw.a", "osd.0", "mon.a"];

function configuration(fsid: string): string {
  return `[global]
fsid = ${fsid}
mon host = v2:127.0.0.1:${MONITOR_PORTS.v2}/0,v1:127.0.0.1:${MONITOR_PORTS.v1}/0
public network = 127.0.0.0/8
auth cluster required = none
auth service required = none
auth client required = none
osd pool default size = 1
osd pool default min size = 1
osd pool default pg num = 1
osd pool default pg autoscale mode = off
osd crush chooseleaf type = 0
mon allow pool size one = true
mon max pg per osd = 1000
mon data avail crit = 1
mon data avail warn = 2
ms bind ipv6 = false
ms mon client mode = crc
ms client mode = crc
run dir = ${HOME}/run
admin socket = ${HOME}/run/$name.asok
pid file = ${HOME}/run/$name.pid
log file = ${HOME}/log/$name.log
[mon.a]
mon data = ${HOME}/mon
[osd]
osd data = ${HOME}/osd
osd objectstore = memstore
memstore device bytes = ${STORE_BYTES}
[client.rgw.a]
rgw data = ${HOME}/rgw
rgw frontends = beast endpoint=127.0.0.1:${ENDPOINT_PORT} tcp_nodelay=1
`;
}

async function run(program: string, ...args: string[]): Promise<string> {
  const { success, stdout, stderr } = await new Deno.Command(program, {
    args,
    stdin: "null",
    env: { CEPH_CONF: CONFIGURATION },
  }).output();
  const decode = (bytes: Uint8Array) => new TextDecoder().decode(bytes);
  if (success) return decode(stdout);
  throw new Error(`Cannot start the store: ${program} ${args[0]} (${decode(stderr).trim()}).`);
}

async function up(): Promise<void> {
  await down();
  for (const name of ["mon", "osd", "rgw", "run", "log"]) {
    await Deno.mkdir(`${HOME}/${name}`, { recursive: true });
  }
  const fsid = crypto.randomUUID();
  await Deno.writeTextFile(CONFIGURATION, configuration(fsid));
  await startMonitor(fsid);
  await startStore();
  await run("radosgw", "-n", "client.rgw.a");
  await untilReady();
  await run(
    ...["radosgw-admin", "user", "create", "--uid=linesvr", "--display-name=linesvr"] as const,
    ...[`--access-key=${KEYS.access}`, `--secret-key=${KEYS.secret}`],
  );
}

async function startMonitor(fsid: string): Promise<void> {
  const map = `${HOME}/monmap`;
  const { v1, v2 } = MONITOR_PORTS;
  const address = `[v2:127.0.0.1:${v2},v1:127.0.0.1:${v1}]`;
  await run("monmaptool", "--create", "--fsid", fsid, "--addv", "a", address, map);
  await run("ceph-mon", "--mkfs", "-i", "a", "--monmap", map);
  await run("ceph-mon", "-i", "a");
}

async function startStore(): Promise<void> {
  const uuid = crypto.randomUUID();
  await run("ceph", "osd", "new", uuid);
  await run("ceph-osd", "-i", "0", "--mkfs", "--osd-uuid", uuid);
  await run("ceph", "osd", "crush", "add", "osd.0", "1.0", "root=default", "host=localhost");
  await run("ceph-osd", "-i", "0");
}

async function untilReady(): Promise<void> {
  for (let attempt = 0; attempt < READY_ATTEMPTS_MAX; attempt++) {
    const isReady = await fetch(`http://127.0.0.1:${ENDPOINT_PORT}/`).then(
      async (answer) => (await answer.body?.cancel(), answer.ok),
      () => false,
    );
    if (isReady) return;
    await new Promise((resolve) => setTimeout(resolve, ATTEMPT_EVERY_MS));
  }
  throw new Error(`Cannot start the store: radosgw does not answer. See ${HOME}/log.`);
}

async function down(): Promise<void> {
  for (const name of DAEMONS) await stop(`${HOME}/run/${name}.pid`);
  await Deno.remove(HOME, { recursive: true }).catch((error) => {
    if (!(error instanceof Deno.errors.NotFound)) throw error;
  });
}

async function stop(pidPath: string): Promise<void> {
  const pid = Number(await Deno.readTextFile(pidPath).catch(() => ""));
  if (!(pid > 0)) return;
  for (let attempt = 0; attempt < READY_ATTEMPTS_MAX; attempt++) {
    try {
      Deno.kill(pid, "SIGTERM");
    } catch {
      return; // It has ended.
    }
    await new Promise((resolve) => setTimeout(resolve, ATTEMPT_EVERY_MS));
  }
}

switch (Deno.args[0]) {
  case "up":
    await up();
    console.log(
      `export AWS_ENDPOINT_URL=http://127.0.0.1:${ENDPOINT_PORT} AWS_REGION=us-east-1 ` +
        `AWS_ACCESS_KEY_ID=${KEYS.access} AWS_SECRET_ACCESS_KEY=${KEYS.secret} ` +
        "LINESVR_TEST_S3_BUCKET=linesvr-test",
    );
    break;
  case "down":
    await down();
    break;
  default:
    console.error("Usage: deno task object-store up|down");
    Deno.exit(2);
}
