import * as v from 'valibot';
import { parseInput } from '../contract/parse-input.ts';
import type { RouteContract } from '../contract/route-contract.ts';
import type { Middleware } from '../router/index.ts';
import type { Context } from './context.ts';

/** A route; or an endpoint, whose output the compiler has checked. */
type Checked = Pick<RouteContract, 'input' | 'file'> & Partial<Pick<RouteContract, 'output'>>;

/** Checks the input on its way in, naming every field that does not fit, and the output on its way out. */
export const validate = (contract: Checked): Middleware<Context> =>
  async function validate(context, next) {
    const { fields, file } =
      contract.file === undefined ? { fields: await context.body.json(), file: undefined } : await context.body.form();
    context.input = parseInput(contract, fields, file !== undefined);
    context.image = file;
    await next();
    if (contract.output !== undefined) context.output = v.parse(contract.output, context.output);
  };
