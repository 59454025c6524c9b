import { toJson } from './answers.ts';
import type { Dialect } from './dialect.ts';
import { toFailureSuperset, toSuperset } from './upload/superset.ts';
import { serveUpload } from './upload/upload.ts';

/** What stock PicGo and PicList speak through `backupDomain`; they read a refusal from a 200 only. */
export const smMs: Dialect = {
  name: 'sm-ms',
  operations: [
    {
      methods: ['POST'],
      path: /^\/api\/v2\/upload$/,
      serve: (context) =>
        serveUpload(context, {
          maxFiles: 1,
          accept: ({ images, requestId }) =>
            toJson({ ...toSuperset(images, context.mountUrl, 'success'), RequestId: requestId }),
          refuse: smMs.refuse,
        }),
    },
  ],
  refuse: (refusal) => toJson({ ...toFailureSuperset(refusal, 'error'), RequestId: refusal.requestId }),
};
