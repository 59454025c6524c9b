import { AppError } from '../errors.ts';
import { methodNotAllowed } from '../http/body.ts';
import type { Dialects } from '../http/request.ts';
import { toRefusal } from './answers.ts';
import { chevereto } from './chevereto.ts';
import { createDiagnosis, type FindDialect } from './diagnosis/diagnosis.ts';
import type { Dialect } from './dialect.ts';
import { easyImages } from './easy-images.ts';
import { imgBed } from './img-bed.ts';
import { lskyV1 } from './lsky/lsky-v1.ts';
import { lskyV2 } from './lsky/lsky-v2.ts';
import { noteTrial } from './note-trial.ts';
import { asPicGoServer, picGoServer } from './pic-go/pic-go-server.ts';
import { createRequestContext } from './request-context.ts';
import { clientsPage } from './settings/clients-page.ts';
import { shareX } from './sharex.ts';
import { smMs } from './sm-ms.ts';
import { createNative } from './upload/native.ts';

const native = createNative(asPicGoServer);

/** Of several that share a path, the first that takes the request has it. */
const UPLOADERS: readonly Dialect[] = [
  picGoServer,
  imgBed,
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

/** All of them, whose operations the OpenAPI document lists too. */
export const DIALECTS: readonly Dialect[] = [...UPLOADERS, createDiagnosis(findUploader)];

/** Whose voice is understood where a path begins so, though nobody has it; the longer beginnings first. */
const VOICES: readonly (readonly [RegExp, Dialect])[] = [
  [/^\/api\/v2(\/|$)|^\/api\/v1\/file(\/|$)/, smMs],
  [/^\/(api\/)?v1(\/|$)/, lskyV2],
  [/^\/api\/1(\/|$)/, chevereto],
  [/^\/api\/index/, easyImages],
  [/^\/api(\/|$)/, lskyV1],
  [/^\/(upload|delete|clients)(\/|$)/, native],
  [/^\/heartbeat$/, picGoServer],
];
/** Where other hosts take uploads; no route is called so. */
const UPLOADS_ELSEWHERE = /^\/[\w-]+\.php$|(^|\/)[\w-]*upload[^/]*$/;
/** What people add to the address of the server, although their client adds it too. */
const ADDED = /^(\/imagepic)?(\/api(\/(v1(\/file)?|v2|1))?(\/upload|\/index\.php)?|\/upload)?$/;

/** A path in capitals, or that is given twice, is served as what it ends with; any other that is nearly right is refused so that clients show why. */
const serveNearly: Dialects['serveDialect'] = (app, request, at) => {
  const path = at.path.toLowerCase();
  if (path !== at.path && findUploader(path) !== undefined) return serveDialect(app, request, { ...at, path });
  for (let cut = path.indexOf('/', 1); cut !== -1; cut = path.indexOf('/', cut + 1)) {
    const rest = at.path.slice(cut);
    const isDoubled = ADDED.test(path.slice(0, cut)) && findUploader(rest) !== undefined;
    if (isDoubled) return serveDialect(app, request, { ...at, path: rest });
  }
  const isForm = /^\s*multipart\/form-data/i.test(request.headers.get('content-type') ?? '');
  const elsewhere = request.method === 'POST' && isForm && UPLOADS_ELSEWHERE.test(path) ? native : undefined;
  const [, dialect = elsewhere] = VOICES.find(([room]) => room.test(path)) ?? [];
  if (dialect === undefined) return undefined;
  const context = createRequestContext(app, request, at);
  const refuse = async () => dialect.refuse(toRefusal(context.fail(wrongAddress(at.mountUrl)), context));
  return noteTrial(app, context, dialect.name, refuse);
};

const wrongAddress = (mountUrl: string): AppError =>
  new AppError('NoSuchRoute', {
    zh: `没有这个地址：客户端里的服务器地址请只填 ${mountUrl}，后面的路径由客户端自己加；其余客户端的填法见 ${mountUrl}/clients`,
    en: `There is no such address: give the client ${mountUrl} as its server, to which it adds the path itself; ${mountUrl}/clients tells what others want`,
  });

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
  if (first === undefined) return serveNearly(app, request, at);
  const context = createRequestContext(app, request, at);
  const meant = spoken.find(({ operation }) => operation.methods.includes(request.method));
  if (meant !== undefined) {
    const { dialect, operation, match } = meant;
    return noteTrial(app, context, dialect.name, () => operation.serve(context, match));
  }
  const allow = [...new Set(spoken.flatMap(({ operation }) => operation.methods))];
  const refuse = async () => first.dialect.refuse(toRefusal(context.fail(methodNotAllowed(allow)), context));
  return noteTrial(app, context, first.dialect.name, refuse);
};
