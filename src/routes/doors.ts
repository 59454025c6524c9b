import type { doorContract } from '../contract/doors.ts';
import type { Objects } from '../services/objects.ts';
import type { Uploads } from '../services/uploads.ts';
import type { Handlers } from './handlers.ts';

/** Handlers of the doors. */
export const doors = (objects: Objects, uploads: Uploads): Handlers<typeof doorContract> => ({
  'link/get': (wanted, { caller }) => objects.openLink(caller, wanted),
  'object/download': (wanted, { caller }) => objects.download(caller, wanted),
  'signed/get': (wanted, { caller }) => objects.openSigned(caller, wanted),
  'signed/put': (request) => uploads.receiveSigned(request),
});
