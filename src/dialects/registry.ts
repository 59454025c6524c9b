import { methodNotAllowed } from '../http/body.ts';
import type { Dialects } from '../http/request.ts';
import { toRefusal } from './answers.ts';
import { chevereto } from './chevereto.ts';
import { createDiagnosis, type FindDialect } from './diagnosis/diagnosis.ts';
import type { Dialect } from './dialect.ts';
import { easyImages } from './easy-images.ts';
import { lskyV1 } from './lsky/lsky-v1.ts';
import { lskyV2 } from './lsky/lsky-v2.ts';
import { picGoServer } from './pic-go/pic-go-server.ts';
import { createRequestContext } from './request-context.ts';
import { clientsPage } from './settings/clients-page.ts';
import { shareX } from './sharex.ts';
import { smMs } from './sm-ms.ts';
import { native } from './upload/native.ts';

/** Of several that share a path, the first that takes the request has it. */
const UPLOADERS: readonly Dialect[] = [
  picGoServer,
  native,
  lskyV2,
  lskyV1,
  smMs,
  chevereto,
  easyImages,
  shareX,
  clientsPage,
];

const findUploader: FindDialect = (path) => {
  const own = [...UPLOADERS]
    .reverse()
    .flatMap((dialect) =>
      dialect.operations.flatMap((operation) => (operation.path.test(path) ? [{ dialect, operation }] : [])),
    );
  const found = own.find(({ operation }) => operation.takes === undefined) ?? own[0];
  return found && { dialect: found.dialect, methods: found.operation.methods };
};

const DIALECTS: readonly Dialect[] = [...UPLOADERS, createDiagnosis(findUploader)];

/** Serves a request whose path, below the mount, is one that upload clients have; `undefined` when it is none. */
export const serveDialect: Dialects['serveDialect'] = (app, request, at) => {
  const spoken = DIALECTS.flatMap((dialect) =>
    dialect.operations.flatMap((operation) => {
      const match = operation.path.exec(at.path);
      const isMeant = match !== null && (operation.takes?.(request) ?? true);
      return isMeant ? [{ dialect, operation, match }] : [];
    }),
  );
  const [first] = spoken;
  if (first === undefined) return undefined;
  const context = createRequestContext(app, request, at);
  const meant = spoken.find(({ operation }) => operation.methods.includes(request.method));
  if (meant !== undefined) return meant.operation.serve(context, meant.match);
  const allow = [...new Set(spoken.flatMap(({ operation }) => operation.methods))];
  return Promise.resolve(first.dialect.refuse(toRefusal(context.fail(methodNotAllowed(allow)), context)));
};
