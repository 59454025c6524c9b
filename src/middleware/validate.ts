import * as v from 'valibot';
import { FIELD_TEXTS } from '../contract/field-texts.ts';
import type { RouteContract } from '../contract/route-contract.ts';
import { AppError, type Text } from '../errors.ts';
import type { Middleware } from '../router/index.ts';
import type { Context } from './context.ts';

const NOT_AN_OBJECT: Text = { zh: '请求内容应为 JSON 对象', en: 'The input must be a JSON object' };

/** Checks the input on its way in, naming every field that does not fit, and the output on its way out. */
export const validate = (contract: RouteContract): Middleware<Context> =>
  async function validate(context, next) {
    const raw = await context.readInput();
    if (Array.isArray(raw)) throw new AppError('InvalidArgument', NOT_AN_OBJECT);
    refuseInheritedNames(raw);
    const result = v.safeParse(contract.input, raw, { abortPipeEarly: true });
    if (!result.success) throw toInvalidArgument(result.issues);
    context.input = result.output;
    await next();
    context.body = v.parse(contract.output, context.body);
  };

/** The schema looks names up with `in`, which `__proto__` and `constructor` would pass. */
function refuseInheritedNames(raw: unknown): void {
  const name = typeof raw === 'object' && raw !== null && Object.keys(raw).find((key) => key in Object.prototype);
  if (typeof name === 'string') throw new AppError('InvalidArgument', unknown(name), { details: { fields: [name] } });
}

function toInvalidArgument(issues: readonly v.GenericIssue[]): AppError {
  const names = [...new Set(issues.map((issue) => issue.path?.[0]?.key).filter((key) => typeof key === 'string'))];
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
