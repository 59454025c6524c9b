import type { App } from '../app.ts';
import { AppError } from '../errors.ts';
import type { HttpRequest, HttpResponse } from '../http/request.ts';
import { toRefusal } from './answers.ts';
import { chevereto } from './chevereto.ts';
import { createDoctor, type FindDialect } from './diagnosis/diagnosis.ts';
import type { Dialect, Operation } from './dialect.ts';
import { easyImages } from './easy-images.ts';
import { lskyV1 } from './lsky/lsky-v1.ts';
import { lskyV2 } from './lsky/lsky-v2.ts';
import { picGoServer } from './pic-go/pic-go-server.ts';
import { createVisit, type RequestPlace } from './request-context.ts';
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

const DIALECTS: readonly Dialect[] = [...UPLOADERS, createDoctor(findUploader)];

/** Serves a request whose path, below the mount, is one that upload clients have; `undefined` when it is none. */
export function serveDialect(app: App, request: HttpRequest, place: RequestPlace): Promise<HttpResponse> | undefined {
  const spoken = DIALECTS.flatMap((dialect) =>
    dialect.operations.flatMap((operation) => {
      const match = operation.path.exec(place.path);
      const isMeant = match !== null && (operation.takes?.(request) ?? true);
      return isMeant ? [{ dialect, operation, match }] : [];
    }),
  );
  const [first] = spoken;
  if (first === undefined) return undefined;
  const visit = createVisit(app, request, place);
  const meant = spoken.find(({ operation }) => operation.methods.includes(request.method));
  return meant === undefined
    ? Promise.resolve(first.dialect.refuse(toRefusal(visit.fail(wrongMethod(spoken)), visit, undefined)))
    : meant.operation.serve(visit, meant.match);
}

function wrongMethod(spoken: readonly { readonly operation: Operation }[]): AppError {
  const allow = [...new Set(spoken.flatMap(({ operation }) => operation.methods))];
  return new AppError(
    'MethodNotAllowed',
    { zh: `请改用 ${allow.join(' 或 ')} 方法`, en: `Use the method ${allow.join(' or ')} instead` },
    { details: { allow } },
  );
}
