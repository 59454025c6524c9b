/** Reads a stream of bytes to its end. `node:stream/consumers` goes by way of a `Blob`, which takes twice the time. */
export async function readWhole(body: AsyncIterable<Uint8Array>): Promise<Buffer> {
  const chunks: Uint8Array[] = [];
  for await (const chunk of body) chunks.push(chunk);
  return Buffer.concat(chunks);
}

/** Something to read, which may know how to put all of it into a target at once. */
interface Fillable {
  readonly body: AsyncIterable<Uint8Array>;
  readonly fill?: (target: Uint8Array) => Promise<void>;
}

/** Reads as many bytes as a target has into it. @throws {RangeError} when there are more or fewer */
export async function readInto({ body, fill }: Fillable, target: Uint8Array): Promise<void> {
  if (fill !== undefined) return fill(target);
  let length = 0;
  for await (const chunk of body) {
    if (length + chunk.byteLength > target.byteLength) throw new RangeError('There are more bytes than were told');
    target.set(chunk, length);
    length += chunk.byteLength;
  }
  if (length < target.byteLength) throw new RangeError('There are fewer bytes than were told');
}
