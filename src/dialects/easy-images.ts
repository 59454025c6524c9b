import { toJson } from './answers.ts';
import type { Dialect } from './dialect.ts';
import { toFailureSuperset, toSuperset } from './upload/superset.ts';
import { serveUpload } from './upload/upload.ts';

/** EasyImages 2: the token is a field of the form, and `code` tells success from failure, both a 200. */
export const easyImages: Dialect = {
  name: 'easy-images',
  operations: [
    {
      methods: ['POST'],
      path: /^\/api\/index\.php$/,
      serve: (context) =>
        serveUpload(context, {
          maxFiles: 1,
          accept: ({ images }) =>
            toJson({
              ...toSuperset(images, context.mountUrl, 200),
              result: 'success',
              srcName: images[0].name.replace(/\.[^.]*$/, ''),
            }),
          refuse: easyImages.refuse,
        }),
    },
  ],
  refuse: (refusal) => toJson({ ...toFailureSuperset(refusal), result: 'failed' }),
};
