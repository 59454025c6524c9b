import { randomUUID } from 'node:crypto';
import { isKey } from '../../../src/naming/key.ts';
import type { ObjectStore, PresignedRequest, PresignOptions, SignedRequest } from '../../../src/ports/object-store.ts';
import { failure } from './kept-objects.ts';

const MAX_EXPIRY_SECONDS = 7 * 24 * 60 * 60;

type Presigner = Pick<ObjectStore, 'presignGet' | 'presignPut' | 'presignPart'> &
  Required<Pick<ObjectStore, 'signedRequests'>>;

interface Ticket {
  readonly method: string;
  readonly bucket: string;
  readonly key: string;
  readonly expiresAt: Date;
  readonly allowed: SignedRequest;
}

/** Creates presigned requests that come back to our own mount: each carries a number that only its maker knows. */
export function createMemoryPresigner(now: () => Date): Presigner {
  const tickets = new Map<string, Ticket>();

  const sign = (ticket: Omit<Ticket, 'expiresAt'> & { readonly method: 'GET' | 'PUT' }, options: PresignOptions) => {
    const { method, bucket, key } = ticket;
    const { expiresInSeconds, mountUrl, holder } = options;
    const allowed = { ...ticket.allowed, ...(holder !== undefined && { holder }) };
    if (!isKey(key)) throw failure('InvalidArgument', 'No object is called so');
    if (!Number.isInteger(expiresInSeconds) || expiresInSeconds < 1 || expiresInSeconds > MAX_EXPIRY_SECONDS) {
      throw failure('InvalidArgument', 'The expiry must be 1 s to 7 days');
    }
    const expiresAt = new Date(now().getTime() + expiresInSeconds * 1000);
    const id = randomUUID();
    tickets.set(id, { ...ticket, allowed, expiresAt });
    const path = [bucket, ...key.split('/')].map(encodeURIComponent).join('/');
    const headers: Record<string, string> =
      allowed.contentType === undefined ? {} : { 'content-type': allowed.contentType };
    const request: PresignedRequest = { url: `${mountUrl}/s/${path}?ticket=${id}`, method, headers, expiresAt };
    return request;
  };

  return {
    presignGet: async (bucket, key, options) => sign({ method: 'GET', bucket, key, allowed: {} }, options),
    presignPut: async (bucket, key, { contentType, size, ...options }) =>
      sign({ method: 'PUT', bucket, key, allowed: { contentType, size } }, options),
    presignPart: async (bucket, key, { uploadId, partNumber, size, ...options }) => {
      const allowed = { uploadId, partNumber, ...(size !== undefined && { size }) };
      return sign({ method: 'PUT', bucket, key, allowed }, options);
    },
    signedRequests: {
      verify: (method, bucket, key, query) => {
        const ticket = tickets.get(query.get('ticket') ?? '');
        if (ticket === undefined || query.size !== 1 || now() >= ticket.expiresAt) return undefined;
        const isSame = ticket.method === method && ticket.bucket === bucket && ticket.key === key;
        return isSame ? ticket.allowed : undefined;
      },
    },
  };
}
