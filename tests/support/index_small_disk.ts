/** Whether this process may mount file systems: on Linux, as root, not in most containers. */
export const CAN_MOUNT = Deno.build.os === "linux" && Deno.uid() === 0 && tryToMount();

/** Added to the name of a test that is ignored if file systems cannot be mounted. */
export const NEEDS_MOUNT = CAN_MOUNT ? "" : " (ignored: needs root on Linux, to mount a tmpfs)";

/** Mounts a disk of that size on a new directory, and removes both at the end. */
export async function withSmallDisk(
  bytes: number,
  body: (directory: string) => Promise<void>,
): Promise<void> {
  const directory = await Deno.makeTempDir({ prefix: "linesvr_disk_" });
  try {
    if (!mount(directory, bytes)) throw new Error(`Cannot mount: ${directory}`);
    try {
      await body(directory);
    } finally {
      run("umount", directory);
    }
  } finally {
    await Deno.remove(directory);
  }
}

function tryToMount(): boolean {
  const directory = Deno.makeTempDirSync({ prefix: "linesvr_disk_" });
  const isMounted = mount(directory, 4096);
  if (isMounted) run("umount", directory);
  Deno.removeSync(directory);
  return isMounted;
}

function mount(directory: string, bytes: number): boolean {
  return run("mount", "-t", "tmpfs", "-o", `size=${bytes}`, "tmpfs", directory);
}

function run(command: string, ...args: string[]): boolean {
  try {
    return new Deno.Command(command, { args, stderr: "null" }).outputSync().success;
  } catch {
    return false;
  }
}
