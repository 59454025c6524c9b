import * as v from 'valibot';
import type { Fields } from '../contract/field.ts';
import { parseInput } from '../contract/parse-input.ts';
import type { RouteContract } from '../contract/route-contract.ts';
import { isRecord } from '../naming/record.ts';
import type { Middleware } from '../router/index.ts';
import type { Context } from './context.ts';

/** A route; or an endpoint, whose output the compiler has checked. */
type Checked = Pick<RouteContract, 'input' | 'file'> & Partial<Pick<RouteContract, 'output'>>;

/** Knows of a caller what may be left out of an input, by the names of the fields. */
type Settle = (caller: Context['caller']) => Readonly<Record<string, unknown>>;

/** Checks the input on its way in, naming every field that does not fit, and the output on its way out. */
export const validate = (contract: Checked, settle: Settle): Middleware<Context> =>
  async function validate(context, next) {
    const { fields, file } =
      contract.file === undefined ? { fields: await context.body.json(), file: undefined } : await context.body.form();
    const settled = withSettled(fields, contract.input.fields, () => settle(context.caller));
    context.input = parseInput(contract, settled, file !== undefined);
    context.image = file;
    await next();
    if (contract.output !== undefined) context.output = v.parse(contract.output, context.output);
  };

/** Puts in what was left out and is known all the same. */
function withSettled(sent: unknown, fields: Fields, known: () => Readonly<Record<string, unknown>>): unknown {
  if (!isRecord(sent)) return sent;
  const omitted = Object.values(fields).filter(({ name, isSettled }) => isSettled === true && sent[name] === undefined);
  return omitted.length === 0 ? sent : { ...sent, ...pick(known(), omitted) };
}

const pick = (known: Readonly<Record<string, unknown>>, fields: readonly Fields[string][]) =>
  Object.fromEntries(fields.map(({ name }) => [name, known[name]]));
