// https://v4-docs.chevereto.com/developer/api/api-v1.html
import { STATUS_CODES } from 'node:http';
import { toLinks } from '../naming/link-format.ts';
import { refusalHeaders, toJson, toText } from './answers.ts';
import type { Dialect } from './dialect.ts';
import { toFailureSuperset, toSuperset } from './upload/superset.ts';
import { serveUpload } from './upload/upload.ts';

/** Chevereto's API 1.1: real statuses, and the reason in `error.message`. */
export const chevereto: Dialect = {
  name: 'chevereto',
  operations: [
    {
      methods: ['POST'],
      path: /^\/api\/1\/upload$/,
      serve: (context) =>
        serveUpload(context, {
          maxFiles: 1,
          place: async (fields) =>
            fields.has('expiration') ? (await import('./upload/lifetime.ts')).readExpiration(fields) : {},
          accept: ({ images }, { format }) =>
            format === 'json'
              ? toJson({
                  ...toSuperset(images, context.mountUrl, 200),
                  success: { message: 'image uploaded', code: 200 },
                  status_txt: 'OK',
                })
              : toText([toLinks(images[0])[format]]),
          refuse: chevereto.refuse,
        }),
    },
  ],
  refuse: (refusal) => {
    const { status, message, error } = refusal;
    if (refusal.asText) return toText([message], status);
    const body = { ...toFailureSuperset(refusal), error: { message, code: status, context: error } };
    return toJson({ ...body, status_txt: STATUS_CODES[status] ?? '' }, status, refusalHeaders(refusal));
  },
};
