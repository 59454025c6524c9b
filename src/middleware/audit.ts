import type { Audits, RouteContract } from '../contract/route-contract.ts';
import type { Logger } from '../logger.ts';
import type { Middleware } from '../router/index.ts';
import type { Context } from './context.ts';

/** So many entries of a list, and characters of a document, are written down. */
const MAX_ENTRIES = 20;
const MAX_CHARACTERS = 2048;

/** Writes down every change: who did what to what, when and from where. What the call says and what came of it differ where a name was taken, say. */
export const audit = ({ audits = {} }: Pick<RouteContract, 'audits'>, logger: Logger): Middleware<Context> =>
  async function audit(context, next) {
    await next();
    const { target, became } = toTarget(audits, context);
    logger.info('audit', {
      requestId: context.requestId,
      $url: context.$url,
      actor: context.caller.kind === 'member' ? context.caller.userId : 'anonymous',
      transport: context.transport,
      clientIp: context.clientIp,
      target: Object.fromEntries(target),
      ...(became.size > 0 && { became: Object.fromEntries(became) }),
    });
  };

function toTarget(audits: Audits, { input, output }: Context) {
  const target = pick(audits.input, input);
  const became = new Map<string, unknown>();
  for (const [name, value] of pick(audits.output, output)) {
    if (!target.has(name)) target.set(name, value);
    else if (target.get(name) !== value) became.set(name, value);
  }
  return { target, became };
}

function pick(names: readonly string[] = [], whole: unknown): Map<string, unknown> {
  const values = new Map(Object.entries(whole ?? {}));
  return new Map(
    names.flatMap((name) => {
      const value = values.get(name);
      return value === undefined ? [] : [[name, shorten(value)] as const];
    }),
  );
}

/** A change of a thousand names is one line of a log, which has a bound. */
function shorten(value: unknown): unknown {
  if (Array.isArray(value) && value.length > MAX_ENTRIES) {
    return { count: value.length, first: value.slice(0, MAX_ENTRIES) };
  }
  if (typeof value !== 'object' || Array.isArray(value)) return value;
  const document = JSON.stringify(value);
  return document.length > MAX_CHARACTERS ? document.slice(0, MAX_CHARACTERS) : value;
}
