/** Reads a stream of bytes to its end. `node:stream/consumers` goes by way of a `Blob`, which takes twice the time. */
export async function readWhole(body: AsyncIterable<Uint8Array>): Promise<Buffer> {
  const chunks: Uint8Array[] = [];
  for await (const chunk of body) chunks.push(chunk);
  return Buffer.concat(chunks);
}
