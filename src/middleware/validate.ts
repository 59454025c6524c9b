import * as v from 'valibot';
import { FIELD_TEXTS } from '../contract/field-texts.ts';
import type { RouteContract } from '../contract/route-contract.ts';
import { AppError, type Text } from '../errors.ts';
import type { Middleware } from '../router/index.ts';
import type { Context } from './context.ts';

const NOT_AN_OBJECT: Text = { zh: '请求内容应为 JSON 对象', en: 'The input must be a JSON object' };

/** A route; or an endpoint, whose output the compiler has checked. */
type Checked = Pick<RouteContract, 'input' | 'file'> & Partial<Pick<RouteContract, 'output'>>;

/** Checks the input on its way in, naming every field that does not fit, and the output on its way out. */
export const validate = (contract: Checked): Middleware<Context> =>
  async function validate(context, next) {
    const { fields: raw, file } =
      contract.file === undefined ? { fields: await context.body.json(), file: undefined } : await context.body.form();
    if (Array.isArray(raw)) throw new AppError('InvalidArgument', NOT_AN_OBJECT);
    refuseInheritedNames(raw);
    const result = v.safeParse(contract.input, raw, { abortPipeEarly: true });
    if (!result.success) throw toInvalidArgument(toNames(result.issues));
    context.input = result.output;
    if (contract.file !== undefined) {
      requireOne(contract.file, result.output, file);
      context.image = file;
    }
    await next();
    if (contract.output !== undefined) context.output = v.parse(contract.output, context.output);
  };

/** The schema looks names up with `in`, which `__proto__` and `constructor` would pass. */
function refuseInheritedNames(raw: unknown): void {
  const name = typeof raw === 'object' && raw !== null && Object.keys(raw).find((key) => key in Object.prototype);
  if (typeof name === 'string') throw new AppError('InvalidArgument', unknown(name), { details: { fields: [name] } });
}

/** An image comes in its field or as the form's file. */
function requireOne(field: string, input: unknown, file: unknown): void {
  const isInField = new Map(Object.entries(Object(input))).get(field) !== undefined;
  if (isInField === (file !== undefined)) throw toInvalidArgument([field]);
}

const toNames = (issues: readonly v.GenericIssue[]): readonly string[] => [
  ...new Set(issues.map((issue) => issue.path?.[0]?.key).filter((key) => typeof key === 'string')),
];

function toInvalidArgument(names: readonly string[]): AppError {
  if (names.length === 0) return new AppError('InvalidArgument', NOT_AN_OBJECT);
  const wrong = { zh: '', en: '' };
  for (const language of ['zh', 'en'] as const) {
    const comma = language === 'zh' ? ',' : ', ';
    const sentences = names.map((name) => FIELD_TEXTS.get(name)?.wrong[language] ?? unknown(name)[language]);
    const rules = names.flatMap((name) => {
      const rule = FIELD_TEXTS.get(name)?.rule[language];
      return rule === undefined ? [] : [`${name}: ${rule}`];
    });
    wrong[language] = sentences.join(comma) + (rules.length > 0 ? ` (${rules.join('; ')})` : '');
  }
  return new AppError('InvalidArgument', wrong, { details: { fields: names.map((name) => name.slice(0, 64)) } });
}

const unknown = (name: string): Text => {
  const shown = JSON.stringify(name.slice(0, 64));
  return { zh: `未知字段 ${shown}`, en: `Unknown field ${shown}` };
};
