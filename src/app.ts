import type * as v from 'valibot';
import { whenAsked } from './concurrency/when-asked.ts';
import { firstContract } from './contract/first-contract.ts';
import { type InputSize, LARGEST_INPUT, measureInput } from './contract/input-size.ts';
import type { AccessLevel, CheckedAudits, Contract, RouteContract } from './contract/route-contract.ts';
import type { Envelope } from './envelope.ts';
import { AppError } from './errors.ts';
import type { Logger } from './logger.ts';
import { audit } from './middleware/audit.ts';
import { authenticate } from './middleware/authenticate.ts';
import { authorize } from './middleware/authorize.ts';
import { type Context, type RequestBody, withoutFile } from './middleware/context.ts';
import { idempotent } from './middleware/idempotent.ts';
import { logRequests } from './middleware/log-requests.ts';
import { refuseExposedTokens } from './middleware/refuse-exposed-tokens.ts';
import { refuseLostBed } from './middleware/refuse-lost-bed.ts';
import { reportErrors } from './middleware/report-errors.ts';
import { validate } from './middleware/validate.ts';
import { nearestName } from './naming/nearest-name.ts';
import { compose, type Middleware, type RouteError, Router } from './router/index.ts';
import { type AuthServices, authRoutes } from './routes/auth.ts';
import { type BucketServices, bucketRoutes } from './routes/bucket.ts';
import { type ClientSettings, clientRoutes } from './routes/client.ts';
import type { CallContext, Handlers } from './routes/handlers.ts';
import { healthRoutes } from './routes/health.ts';
import type { LibraryServices } from './routes/library-routes.ts';
import { notificationRoutes } from './routes/notification.ts';
import { type ObjectServices, objectRoutes } from './routes/object.ts';
import { policyRoutes } from './routes/policy.ts';
import type { TrialServices } from './routes/trial-routes.ts';
import { ANONYMOUS, type Caller, type Member, requireMember } from './services/access/access.ts';
import type { Bed } from './services/bed.ts';
import type { Health } from './services/health.ts';
import type { Idempotency } from './services/idempotency.ts';
import type { Callers } from './services/identity/callers.ts';
import type { Emails } from './services/identity/emails.ts';
import type { Trials } from './services/identity/trials.ts';
import type { Users } from './services/identity/users.ts';
import type { Job } from './services/jobs/job.ts';
import type { ClientServices } from './services/uploads/client-services.ts';
import type { Receiver } from './services/uploads/receiver.ts';

// What the entries and the dialects know of the contract and the services, so that they import none.
export type { RouteInput, RouteOutput, RouteUrl } from './contract/contract.ts';
export { type InputSize, LARGEST_INPUT, MAX_DEPTH, measureInput } from './contract/input-size.ts';
export type { AccessLevel, RouteContract } from './contract/route-contract.ts';
export type { Caller, Member } from './services/access/access.ts';
export type { TriedRequest } from './services/identity/tried-request.ts';
export type { Download, MadeElsewhere, Unchanged } from './services/objects/download.ts';
export type { Wanted } from './services/objects/object-reader.ts';
export type { SentImage, UploadedImage, UploadOutcome } from './services/uploads/client-uploads.ts';
export type { ExaminedImage } from './services/uploads/examine-image.ts';
export type { ReceivedImage } from './services/uploads/received-image.ts';
export type { Receiver } from './services/uploads/receiver.ts';
export { type RequestBody, withoutFile };

/** A part of the contract that is loaded with the first call of one of its names, with the routes that it is served by. */
interface LaterPart {
  readonly names: RegExp;
  readonly open: () => Promise<{
    readonly contract: Contract;
    readonly serve: (steps: Steps, services: LaterServices) => App['call'];
  }>;
}

type LaterServices = LibraryServices & TrialServices;

const LATER: readonly LaterPart[] = [
  {
    names: /^(image|album)\//,
    open: whenAsked(async () => {
      const [{ libraryContract: contract }, { libraryRoutes }] = await Promise.all([
        import('./contract/library-contract.ts'),
        import('./routes/library-routes.ts'),
      ]);
      return { contract, serve: (steps, services) => createCall(steps, contract, libraryRoutes(services)) };
    }),
  },
  {
    names: /^client\/last/,
    open: whenAsked(async () => {
      const [{ trialContract: contract }, { trialRoutes }] = await Promise.all([
        import('./contract/trial-contract.ts'),
        import('./routes/trial-routes.ts'),
      ]);
      return { contract, serve: (steps, services) => createCall(steps, contract, trialRoutes(services)) };
    }),
  },
];

/** Every route there is, also those that are not loaded yet: what was meant may be one of them. */
const allNames = async (): Promise<readonly string[]> =>
  [{ contract: firstContract }, ...(await Promise.all(LATER.map(({ open }) => open())))].flatMap(({ contract }) =>
    Object.keys(contract),
  );

/** The part that would have a route, if there is one. */
const partOf = (url: unknown): LaterPart | undefined =>
  typeof url === 'string' ? LATER.find(({ names }) => names.test(url)) : undefined;

const METHODS = new Map<string, readonly string[]>(
  Object.entries<RouteContract>(firstContract).map(([url, { methods = ['POST'] }]) => [url, methods]),
);

/** The HTTP methods of a route; `undefined` when there is no such route. */
export const methodsOf = (url: string): readonly string[] | undefined => (partOf(url) ? ['POST'] : METHODS.get(url));

const SIZES = new Map<string, InputSize>();

/** The most that a route's input can need. */
export async function sizeOf(url: string): Promise<InputSize> {
  const known = SIZES.get(url);
  if (known !== undefined) return known;
  const contract: Contract = (await partOf(url)?.open())?.contract ?? firstContract;
  const route = Object.entries(contract).find(([name]) => name === url)?.[1];
  if (route === undefined) return LARGEST_INPUT;
  const size = measureInput(route.input);
  SIZES.set(url, size);
  return size;
}

/** One event, whatever brought it. */
export type Call = Omit<Context, 'caller' | 'input' | 'image' | 'given' | 'output' | 'envelope'>;

/** What endpoints stand on. */
export interface AppServices extends AuthServices, BucketServices, ObjectServices, LibraryServices {
  readonly users: Users;
  readonly emails: Pick<Emails, 'find'>;
  /** What only upload clients need; loaded when the first of them comes. */
  readonly openClientServices: () => Promise<ClientServices>;
}

/**
 * Something that one transport alone can ask for, and no `$url` names: defined by the entry or the dialect that serves it,
 * and held to the same middleware as a route.
 */
export interface Endpoint<Who extends AccessLevel, Input extends RouteContract['input'], Given extends object, Output>
  extends Omit<RouteContract, 'access' | 'methods' | 'file' | 'input' | 'output'> {
  /** Stands for the `$url` in the log, the audit and the idempotency key. */
  readonly name: string;
  readonly access: Who;
  /** What a client may send. */
  readonly input: Input;
  /** Makes the handler; `given` is what the entry itself has found, beside what the client sent. */
  readonly handle: (
    services: AppServices,
  ) => (input: v.InferOutput<Input>, context: EndpointContext<Who>, given: Given) => Promise<Output>;
}

/** What an endpoint's handler may know of the call: who calls is a member wherever one is wanted. */
export interface EndpointContext<Who extends AccessLevel> extends Omit<CallContext, 'caller' | 'image'> {
  readonly caller: CallerOf<Who>;
}

type CallerOf<Who extends AccessLevel> = Who extends 'public' ? Caller : Member;

/** A call of an endpoint; like every body, its own is not read before the caller may send it. */
export interface EndpointCall<Given extends object> extends Omit<Call, '$url' | 'body'> {
  readonly body: { read(): Promise<Sent<Given>> };
}

/** The fields that a client sent, not checked yet, and what the entry gives beside them. */
export interface Sent<Given extends object> {
  readonly fields: unknown;
  readonly given: Given;
}

/** Defines an endpoint, so that its types follow from its schema and its handler. */
export const defineEndpoint = <
  Who extends AccessLevel,
  Input extends RouteContract['input'],
  Output,
  Given extends object = object,
>(
  endpoint: Endpoint<Who, Input, Given, Output> & AuditedChange<Input, Output>,
): Endpoint<Who, Input, Given, Output> => endpoint;

/** What changes something says what; as in the contract, nothing secret. */
type AuditedChange<Input extends RouteContract['input'], Output> =
  | { readonly changes: true; readonly audits: CheckedAudits<Input['fields'], Output> }
  | { readonly changes?: false };

/** The service. Every call gets exactly one envelope; nothing is thrown. */
export interface App {
  /** Serves a `$url` of the contract. */
  call(call: Call): Promise<Envelope>;
  /** Puts an endpoint behind the middleware of the routes. */
  serve<Who extends AccessLevel, Input extends RouteContract['input'], Given extends object, Output>(
    endpoint: Endpoint<Who, Input, Given, Output>,
  ): (call: EndpointCall<Given>) => Promise<Envelope<Output>>;
  /** Takes an image in; for the entries, whose request bodies own what they have received. */
  readonly receive: Receiver;
  /** What upload clients do, for whoever waits for it. */
  readonly trials: Pick<Trials, 'awaited' | 'note'>;
  /** What is done without being asked: by the platform's timers, or by a server of one's own. */
  readonly jobs: readonly Job[];
}

interface AppOptions extends AppServices, TrialServices {
  readonly logger: Logger;
  readonly now: () => Date;
  readonly bed: Pick<Bed, 'require'>;
  readonly callers: Callers;
  readonly idempotency: Idempotency;
  readonly health: Health;
  readonly jobs: readonly Job[];
  readonly receive: Receiver;
  /** Settings for upload clients; loaded when somebody asks for some. */
  readonly openClientSettings: () => Promise<ClientSettings>;
}

/** Puts the middleware in order and every route behind it. */
export function createApp(options: AppOptions): App {
  const { buckets, health, jobs, receive, openClientSettings } = options;
  const steps = orderMiddleware(options);
  const callFirst = createCall(steps, firstContract, {
    ...healthRoutes(health),
    ...authRoutes(options),
    ...bucketRoutes(options),
    ...objectRoutes(options),
    ...policyRoutes(buckets),
    ...notificationRoutes(buckets),
    ...clientRoutes(openClientSettings),
  });
  const later = new Map(
    LATER.map((part) => [part, whenAsked(async () => (await part.open()).serve(steps, options))] as const),
  );
  return {
    call: async (call) => {
      const part = partOf(call.$url);
      return ((part && (await later.get(part)?.())) ?? callFirst)(call);
    },
    serve: createServe(steps, options),
    jobs,
    receive,
    trials: options.trials,
  };
}

/** The middleware of every call: around it, before its route is known, and by the route's own rules. */
interface Steps {
  readonly outer: (isKnown: (url: string) => boolean) => readonly Middleware<Context>[];
  readonly identify: readonly Middleware<Context>[];
  readonly obey: (rules: Rules) => readonly Middleware<Context>[];
}

const orderMiddleware = ({ logger, now, bed, callers, idempotency, buckets }: AppOptions): Steps => ({
  outer: (isKnown) => [logRequests(logger, now, isKnown), reportErrors(logger), refuseLostBed(bed)],
  identify: [authenticate(callers), refuseExposedTokens],
  obey: (rules) => [
    authorize(rules),
    validate(rules, (caller) => ({ bucketName: buckets.defaultOf(caller) })),
    ...(rules.changes === true ? [idempotent(idempotency), audit(rules, logger)] : []),
  ],
});

function createCall<Routes extends Contract>(steps: Steps, routes: Routes, handlers: Handlers<Routes>): App['call'] {
  const router = new Router<Context>();
  for (const middleware of steps.identify) router.use(middleware);
  for (const [url, route] of Object.entries(routes)) router.router(url, ...steps.obey(route), handle(handlers[url]));
  const chain = compose<Context>([
    ...steps.outer((url) => Object.hasOwn(routes, url)),
    async function dispatch(context) {
      const result = await router.serve(context);
      if (!result.ok) throw toAppError(result.error, context.$url, await allNames());
    },
  ]);
  return async (call) => {
    const context = toContext(call);
    await chain(context);
    return toEnvelope(context);
  };
}

const createServe =
  (steps: Steps, services: AppServices): App['serve'] =>
  <Who extends AccessLevel, Input extends RouteContract['input'], Given extends object, Output>(
    endpoint: Endpoint<Who, Input, Given, Output>,
  ) => {
    const chain = compose<Context>([...steps.outer(() => true), ...steps.identify, ...steps.obey(endpoint)]);
    const handler = endpoint.handle(services);
    return async ({ body, ...call }: EndpointCall<Given>) => {
      let sent: Sent<Given> | undefined;
      const readFields = async (): Promise<unknown> => {
        sent = await body.read();
        context.given = sent.given;
        return sent.fields;
      };
      const context = toContext({ ...call, $url: endpoint.name, body: withoutFile(readFields) });
      await chain(context, async function handle() {
        if (sent === undefined) throw new TypeError('validate has not read the body');
        const caller = endpoint.access === 'public' ? context.caller : requireMember(context.caller);
        // `validate` has parsed it by this very schema.
        const input = context.input as v.InferOutput<Input>;
        // Where a member is wanted, one was required.
        context.output = await handler(input, { ...context, caller: caller as CallerOf<Who> }, sent.given);
      });
      // The handler's output, of this call or, kept by `idempotent`, of the one that it repeats.
      return toEnvelope(context) as Envelope<Output>;
    };
  };

/** What the middleware looks at, of a route and of an endpoint. */
type Rules = Omit<RouteContract, 'methods' | 'output'> & Partial<Pick<RouteContract, 'output'>>;

const toContext = (call: Call): Context => ({
  ...call,
  caller: ANONYMOUS,
  input: undefined,
  image: undefined,
  given: undefined,
  output: undefined,
  envelope: undefined,
});

function toEnvelope({ envelope }: Context): Envelope {
  if (envelope === undefined) throw new TypeError('reportErrors left no envelope');
  return envelope;
}

/** The one place where the types of routes give way: `validate` has parsed `context.input` by the schema that typed the handler. */
function handle(handler: unknown) {
  return async function handle(context: Context): Promise<void> {
    if (typeof handler !== 'function') throw new TypeError('a route without a handler');
    context.output = await handler(context.input, context);
  };
}

function toAppError({ reason }: RouteError, written: unknown, names: readonly string[]): AppError {
  if (reason === 'invalid' || typeof written !== 'string') {
    return new AppError('InvalidArgument', {
      zh: '缺少 $url 或格式不对；字段名带 $，值为字符串，如 "object/putObject"',
      en: '$url, whose name begins with a dollar sign, is missing or malformed; it must be a string such as "object/putObject"',
    });
  }
  const meant = nearestName(written, names);
  if (meant !== undefined) {
    return new AppError('NoSuchRoute', {
      zh: `没有这个路由；是不是 ${meant}？$url 与路径须逐字相同，前后没有斜杠`,
      en: `There is no such route; did you mean ${meant}? $url and paths are taken letter by letter, with no slash around them`,
    });
  }
  return new AppError('NoSuchRoute', {
    zh: '没有这个路由；请对照路由表（.github/REFERENCE.md）检查 $url 或路径',
    en: 'There is no such route; compare $url or the path with the table of routes (.github/REFERENCE.md)',
  });
}
