/** The bed takes so many images at once. */
const MOST_AT_ONCE = 1000;

/** Asks for as many at once as the bed takes. @returns what it said of all */
export async function inParts<Said>(
  imageIds: readonly string[],
  ask: (part: string[]) => Promise<readonly Said[]>,
): Promise<readonly Said[]> {
  const said: Said[] = [];
  for (let at = 0; at < imageIds.length; at += MOST_AT_ONCE) {
    said.push(...(await ask(imageIds.slice(at, at + MOST_AT_ONCE))));
  }
  return said;
}
