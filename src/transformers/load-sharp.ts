// https://sharp.pixelplumbing.com/api-utility

/** What sharp exports: opens an image. */
export type OpenSharp = typeof import('sharp')['default'];

/** Tells whether sharp is installed and runs here. */
export async function hasSharp(): Promise<boolean> {
  return loadSharp().then(
    () => true,
    () => false,
  );
}

/** Loads sharp, which may be absent; its first user waits for it. */
export async function loadSharp(): Promise<OpenSharp> {
  const { default: sharp } = await import('sharp');
  // Its users count what they do at once, and what was made once is kept in the store.
  sharp.concurrency(1);
  sharp.cache(false);
  return sharp;
}
