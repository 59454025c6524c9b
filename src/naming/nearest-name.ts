/** Names are short; what is longer than this is not a name that somebody mistyped. */
const MAX_LENGTH = 64;

/** Finds the one name that somebody who wrote another one most likely meant: spelled alike, or the beginning or end of it. */
export function nearestName(written: string, names: readonly string[]): string | undefined {
  if (written.length > MAX_LENGTH) return undefined;
  const plain = toPlain(written);
  const slips = Math.floor(plain.length / 3);
  const ranked = names
    .filter((name) => Math.abs(toPlain(name).length - plain.length) <= slips)
    .map((name) => ({ name, distance: editDistance(plain, toPlain(name)) }))
    .filter(({ distance }) => distance <= slips)
    .sort((one, other) => one.distance - other.distance);
  if (ranked[0] !== undefined) return ranked[0].name;
  const [only, ...others] = names.filter((name) => isPart(plain, toPlain(name)));
  return others.length === 0 ? only : undefined;
}

/** Whether somebody wrote `name` with so many slips at most. */
export function isMisspelt(written: string, name: string, slips: number): boolean {
  const [one, other] = [toPlain(written), toPlain(name)];
  return Math.abs(one.length - other.length) <= slips && editDistance(one, other) <= slips;
}

/** `bucket_name`, `bucket-name` and `BucketName` mean `bucketName`. */
const toPlain = (name: string): string => name.toLowerCase().replace(/[^\p{L}\p{N}]/gu, '');

const isPart = (part: string, whole: string): boolean =>
  part.length >= 3 && (whole.startsWith(part) || whole.endsWith(part));

/** How many letters are to be put in, left out or replaced. @see https://en.wikipedia.org/wiki/Levenshtein_distance */
function editDistance(one: string, other: string): number {
  let row = Array.from({ length: other.length + 1 }, (_, index) => index);
  for (const [line, letter] of [...one].entries()) {
    const next = [line + 1];
    for (let column = 1; column < row.length; column += 1) {
      const replaced = (row[column - 1] ?? 0) + (letter === other[column - 1] ? 0 : 1);
      next.push(Math.min(replaced, (row[column] ?? 0) + 1, (next[column - 1] ?? 0) + 1));
    }
    row = next;
  }
  return row.at(-1) ?? 0;
}
