export { BedError, type BedErrorCode } from './bed-error.ts';
export {
  type BedClient,
  type CallOptions,
  type ClientOptions,
  createClient,
  type Outcome,
  type RouteCall,
  type Routes,
} from './client.ts';
export { createFetchTransport } from './fetch-transport.ts';
export { createSession, type HeldSession, type Session, type SessionOptions, type TokenPair } from './session.ts';
export type { CallFile, SignedSend, Transport, TransportAnswer, TransportCall } from './transport.ts';
