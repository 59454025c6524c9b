import type { doorContract } from '../contract/doors.ts';
import type { ObjectReader } from '../services/objects/object-reader.ts';
import type { DirectUploads } from '../services/uploads/direct-uploads.ts';
import type { Handlers } from './handlers.ts';

/** Handlers of the doors. */
export const doors = (reader: ObjectReader, directUploads: DirectUploads): Handlers<typeof doorContract> => ({
  'link/get': (wanted, { caller }) => reader.openLink(caller, wanted),
  'object/download': (wanted, { caller }) => reader.download(caller, wanted),
  'signed/get': (wanted, { caller }) => reader.openSigned(caller, wanted),
  'signed/put': (request) => directUploads.receiveSigned(request),
});
