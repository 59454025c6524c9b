export { BedError, type BedErrorCode } from './bed-error.ts';
export type { BedClient, CallOptions, ClientOptions, Outcome, RouteCall, Routes } from './client.ts';
export { createClient } from './create-client.ts';
export { createFetchTransport } from './fetch-transport.ts';
export { createSession, type HeldSession, type Session, type SessionOptions, type TokenPair } from './session.ts';
export type { CallFile, SignedSend, Transport, TransportAnswer, TransportCall } from './transport.ts';
export { createIndexedDbStore } from './upload/indexed-db-store.ts';
export type { UploadSource } from './upload/source.ts';
export type { Uploaded, UploadOptions, UploadProgress } from './upload/upload.ts';
export type {
  KeptUpload,
  Placement,
  UploadItem,
  UploadQueue,
  UploadQueueOptions,
  UploadStore,
} from './upload/upload-queue.ts';
export type { Bed } from './upload/uploading.ts';
