/** Lets everything run that waits for nothing but promises. */
export function turn(): Promise<void> {
  return new Promise((resolve) => setTimeout(resolve, 0));
}

/** Lets everything happen that waits for nothing from outside, in whatever number of turns. */
export async function settle(): Promise<void> {
  for (let i = 0; i < 10; i++) await turn();
}

/** Whether a promise is still not settled after a {@linkcode turn}. */
export async function isPending(promise: Promise<unknown>): Promise<boolean> {
  let isSettled = false;
  const settle = () => {
    isSettled = true;
  };
  promise.then(settle, settle);
  await turn();
  return !isSettled;
}

// Only something that hangs takes this long.
const HANGS_MS = 30_000;

/** Waits for a promise; fails instead of waiting for ever. */
export async function inTime<T>(promise: Promise<T>): Promise<T> {
  let timer: ReturnType<typeof setTimeout> | undefined;
  const hangs = new Promise<never>((_, reject) => {
    timer = setTimeout(() => reject(new Error(`Still pending after ${HANGS_MS} ms`)), HANGS_MS);
  });
  try {
    return await Promise.race([promise, hangs]);
  } finally {
    clearTimeout(timer);
  }
}
