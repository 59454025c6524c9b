import { contract } from './contract/contract.ts';
import { doorContract } from './contract/doors.ts';
import type { Contract } from './contract/route-contract.ts';
import { uploadContract } from './contract/upload.ts';
import type { Envelope } from './envelope.ts';
import { AppError } from './errors.ts';
import type { Logger } from './logger.ts';
import { audit } from './middleware/audit.ts';
import { authenticate } from './middleware/authenticate.ts';
import { authorize } from './middleware/authorize.ts';
import type { Context, RequestBody } from './middleware/context.ts';
import { idempotent } from './middleware/idempotent.ts';
import { logRequests } from './middleware/log-requests.ts';
import { refuseExposedTokens } from './middleware/refuse-exposed-tokens.ts';
import { reportErrors } from './middleware/report-errors.ts';
import { validate } from './middleware/validate.ts';
import { compose, type RouteError, Router } from './router/index.ts';
import { type AuthServices, authRoutes } from './routes/auth.ts';
import { type BucketServices, bucketRoutes } from './routes/bucket.ts';
import { clientRoutes } from './routes/client.ts';
import { doors } from './routes/doors.ts';
import type { Handlers } from './routes/handlers.ts';
import { healthRoutes } from './routes/health.ts';
import { notificationRoutes } from './routes/notification.ts';
import { type ObjectServices, objectRoutes } from './routes/object.ts';
import { policyRoutes } from './routes/policy.ts';
import { uploadRoutes } from './routes/upload.ts';
import { ANONYMOUS } from './services/access/access.ts';
import type { Health } from './services/health.ts';
import type { Idempotency } from './services/idempotency.ts';
import type { Credentials } from './services/identity/credentials.ts';
import type { Job } from './services/jobs/job.ts';
import type { ReceivedImage } from './services/uploads/received-image.ts';
import type { Receiver } from './services/uploads/receiver.ts';
import type { UploadServices } from './services/uploads/upload-services.ts';

export type { ReceivedImage, Receiver, RequestBody };

/** One event, whatever brought it. */
export type Call = Omit<Context, 'caller' | 'input' | 'image' | 'output' | 'envelope'>;

/** The service. Every call gets exactly one envelope; nothing is thrown. */
export interface App {
  /** Serves a `$url` of the contract. */
  call(call: Call): Promise<Envelope>;
  /** Serves a door, which only HTTP has. */
  open(call: Call): Promise<Envelope>;
  /** Takes an image in; for the entries, whose request bodies own what they have received. */
  readonly receive: Receiver;
  /** What is done without being asked: by the platform's timers, or by a server of one's own. */
  readonly jobs: readonly Job[];
}

interface AppOptions extends AuthServices, BucketServices, ObjectServices {
  readonly logger: Logger;
  readonly now: () => Date;
  readonly credentials: Credentials;
  readonly idempotency: Idempotency;
  readonly health: Health;
  readonly jobs: readonly Job[];
  readonly receive: Receiver;
  /** What upload clients need; opened when the first of them comes. */
  readonly openUploadServices: () => Promise<UploadServices>;
}

/** Puts the middleware in order and every route behind it. */
export function createApp(options: AppOptions): App {
  const {
    logger,
    now,
    credentials,
    idempotency,
    buckets,
    reader,
    directUploads,
    health,
    jobs,
    receive,
    openUploadServices,
  } = options;

  const serve = <Routes extends Contract>(routes: Routes, handlers: Handlers<Routes>) => {
    const router = new Router<Context>();
    router.use(authenticate(credentials));
    router.use(refuseExposedTokens);
    for (const [url, route] of Object.entries(routes)) {
      const change = route.changes === true ? [idempotent(idempotency), audit(logger)] : [];
      router.router(url, authorize(route), validate(route), ...change, handle(handlers[url]));
    }
    const dispatch = compose<Context>([
      logRequests(logger, now),
      reportErrors(logger),
      async function dispatch(context) {
        const result = await router.serve(context);
        if (!result.ok) throw toAppError(result.error);
      },
    ]);
    return async (call: Call): Promise<Envelope> => {
      const context: Context = {
        ...call,
        caller: ANONYMOUS,
        input: undefined,
        image: undefined,
        output: undefined,
        envelope: undefined,
      };
      await dispatch(context);
      if (context.envelope === undefined) throw new TypeError('reportErrors left no envelope');
      return context.envelope;
    };
  };

  return {
    call: serve(contract, {
      ...healthRoutes(health),
      ...authRoutes(options),
      ...bucketRoutes(options),
      ...objectRoutes(options),
      ...policyRoutes(buckets),
      ...notificationRoutes(buckets),
      ...clientRoutes(openUploadServices),
    }),
    open: serve(
      { ...doorContract, ...uploadContract },
      { ...doors(reader, directUploads), ...uploadRoutes(openUploadServices) },
    ),
    jobs,
    receive,
  };
}

/** The one place where types give way: `validate` has parsed `context.input` by the schema that typed the handler. */
function handle(handler: unknown) {
  return async function handle(context: Context): Promise<void> {
    if (typeof handler !== 'function') throw new TypeError('a route without a handler');
    context.output = await handler(context.input, context);
  };
}

const toAppError = ({ reason }: RouteError): AppError =>
  reason === 'invalid'
    ? new AppError('InvalidArgument', {
        zh: '缺少 $url 或格式不对；$url 应为字符串，如 "object/putObject"',
        en: '$url is missing or malformed; it must be a string such as "object/putObject"',
      })
    : new AppError('NoSuchRoute', {
        zh: '没有这个路由；请对照 README 的路由表检查 $url 或路径',
        en: 'There is no such route; compare $url or the path with the route table of the README',
      });
