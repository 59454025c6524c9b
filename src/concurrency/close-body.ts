/** Gives up bytes that nobody wants. Only an iterator that was begun closes what it reads from. */
export async function closeBody(body: AsyncIterable<Uint8Array> | undefined): Promise<void> {
  const iterator = body?.[Symbol.asyncIterator]();
  await iterator?.next();
  await iterator?.return?.();
}
