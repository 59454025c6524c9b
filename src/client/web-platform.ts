import type { ClientOptions, ClientPlatform } from './client.ts';
import { createFetchTransport } from './fetch-transport.ts';

/** Browsers, workers and Node, which have `fetch` and WebCrypto. */
export const toWebPlatform = ({ url = '', transport = createFetchTransport(url) }: ClientOptions): ClientPlatform => ({
  transport,
  newKey,
});

/** `randomUUID` is only there where the page came by https. */
const newKey = (): string =>
  Array.from(crypto.getRandomValues(new Uint32Array(4)), (part) => part.toString(36)).join('-');
