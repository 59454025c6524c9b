import { type Envelope, toStatus } from '../envelope.ts';
import type { HttpResponse } from './request.ts';

/** Writes an envelope as a response, with the headers that HTTP wants beside some failures. */
export function toEnvelopeResponse(envelope: Envelope): HttpResponse {
  const { allow, size } = envelope.success ? { allow: undefined, size: undefined } : envelope.data;
  return {
    status: toStatus(envelope),
    headers: {
      'content-type': 'application/json; charset=utf-8',
      'cache-control': 'no-store',
      'x-content-type-options': 'nosniff',
      ...(Array.isArray(allow) && { allow: allow.join(', ') }),
      ...(!envelope.success && envelope.error === 'InvalidRange' && { 'content-range': `bytes */${size}` }),
    },
    body: JSON.stringify(envelope),
  };
}
