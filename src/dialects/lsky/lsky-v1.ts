import { andHangUp, toJson } from '../answers.ts';
import type { Dialect } from '../dialect.ts';
import { toFailureSuperset, toSuperset } from '../upload/superset.ts';
import { serveUpload } from '../upload/upload.ts';

/** Lsky Pro 1: the token is a header of that name, and clients show `message` of a 200 whose `code` is another number. */
export const lskyV1: Dialect = {
  name: 'lsky-v1',
  operations: [
    {
      methods: ['POST'],
      path: /^\/api\/upload$/,
      serve: async (context) => {
        const answer = await serveUpload(context, {
          maxFiles: 1,
          accept: ({ images }) => toJson(toSuperset(images, context.mountUrl, 200)),
          refuse: lskyV1.refuse,
        });
        return andHangUp(answer, context);
      },
    },
  ],
  refuse: (refusal) => toJson(toFailureSuperset(refusal)),
};
