import * as v from 'valibot';
import { AppError, type Language, type Text } from '../errors.ts';
import { nearestName } from '../naming/nearest-name.ts';
import { isRecord } from '../naming/record.ts';
import type { Field, Fields } from './field.ts';
import { LARGEST_INPUT, MAX_DEPTH } from './input-size.ts';
import type { RouteContract } from './route-contract.ts';

/** So many unknown fields, and so many places within a known one, are named; that there are more is said. */
const MAX_NAMED = 10;
const MAX_NAME_LENGTH = 64;

const NOT_AN_OBJECT: Text = { zh: '请求内容应为 JSON 对象', en: 'The input must be a JSON object' };

/** What does not fit about one field. */
interface Problem {
  readonly name: string;
  readonly sentence: Text;
  readonly rule?: Text | undefined;
}

/** Reads the input of a route, beside which a form's file may have come. @throws {AppError} InvalidArgument, naming every field that is missing, unknown or wrong */
export function parseInput(route: Pick<RouteContract, 'input' | 'file'>, raw: unknown, hasFile = false): unknown {
  if (!isRecord(raw)) throw new AppError('InvalidArgument', NOT_AN_OBJECT);
  const { entries, fields } = route.input;
  requireModest(raw, fields);
  const known = Object.keys(entries);
  // The schema's own look-up takes `__proto__` and `constructor` for known, and names the first unknown only.
  const unknown = Object.keys(raw).filter((name) => !known.includes(name));
  const result = v.safeParse(route.input, raw, { abortPipeEarly: true });
  const wrong = toProblems(result.issues ?? [], fields);
  const problems = [
    ...wrong,
    ...toFileProblems(route, raw, hasFile).filter(({ name }) => !wrong.some((other) => other.name === name)),
    ...unknown.slice(0, MAX_NAMED).map((name) => toUnknown(name, known)),
  ];
  if (result.success && problems.length === 0) return result.output;
  throw problems.length === 0
    ? new AppError('InvalidArgument', NOT_AN_OBJECT)
    : toInvalidArgument(problems, unknown.length - MAX_NAMED);
}

/**
 * Refuses what is deeper or has more parts than any input: before it is checked, since checking takes longer than looking.
 * Over HTTP the body itself was looked at; an event is what the platform made of it.
 */
function requireModest(raw: Readonly<Record<string, unknown>>, fields: Fields): void {
  let values = 0;
  const look = (value: unknown, depth: number): void => {
    if (typeof value !== 'object' || value === null || ArrayBuffer.isView(value)) return;
    for (const name in value) {
      values += 1;
      if (depth > MAX_DEPTH || values > LARGEST_INPUT.values) throw tooComplex(raw, fields);
      if (Object.hasOwn(value, name)) look(Reflect.get(value, name), depth + 1);
    }
  };
  look(raw, 1);
}

/** What many send for one and the same reason may be too much as well, and that is said instead. */
function tooComplex(raw: Readonly<Record<string, unknown>>, fields: Fields): AppError {
  const told = Object.values(fields).filter(({ name, tell }) => tell?.(raw[name]) !== undefined);
  const problems = told.map((field) => toProblem({ name: field.name, value: raw[field.name], field }));
  if (problems.length > 0) return toInvalidArgument(problems, 0);
  return new AppError('InvalidArgument', {
    zh: '请求内容的层次或项数超出任何接口所需；请对照路由表（.github/REFERENCE.md）',
    en: 'The input is nested deeper, or has more parts, than any route needs; compare it with the table of routes (.github/REFERENCE.md)',
  });
}

/** A form's file and the field that it stands in for: exactly one of the two must come. */
function toFileProblems(
  { file: name, input }: Pick<RouteContract, 'input' | 'file'>,
  raw: Readonly<Record<string, unknown>>,
  hasFile: boolean,
): readonly Problem[] {
  if (name === undefined || (raw[name] === undefined) === hasFile) return [];
  return [toProblem({ name, value: raw[name], field: input.fields[name] })];
}

function toProblems(issues: readonly v.GenericIssue[], fields: Fields): readonly Problem[] {
  const byName = new Map<string, v.GenericIssue[]>();
  for (const issue of issues) {
    const name = issue.path?.[0]?.key;
    if (typeof name !== 'string' || isUnknown(issue, 1)) continue;
    const others = byName.get(name);
    if (others === undefined) byName.set(name, [issue]);
    else others.push(issue);
  }
  return [...byName].map(([name, all]) =>
    toProblem({ name, value: all[0]?.path?.[0]?.value, field: fields[name], issues: all }),
  );
}

interface Found {
  readonly name: string;
  readonly value: unknown;
  readonly field: Field | undefined;
  readonly issues?: readonly v.GenericIssue[];
}

function toProblem({ name, value, field, issues = [] }: Found): Problem {
  const rule = field?.rule;
  if (value === undefined) return { name, sentence: missing(name), rule };
  const sentence = field?.tell?.(value) ??
    field?.wrong ?? {
      zh: `${field?.label.zh ?? name}不符合规范`,
      en: `${field?.label.en ?? name} is not valid`,
    };
  const nested = issues.filter(({ path = [] }) => path.length > 1);
  return { name, sentence: nested.length > 0 ? within(sentence, nested) : sentence, rule };
}

/** A wrong value of several parts, and which of them it is. */
function within({ zh, en }: Text, issues: readonly v.GenericIssue[]): Text {
  const places = issues.slice(0, MAX_NAMED).map(toPlace);
  const more = issues.length > MAX_NAMED ? ' …' : '';
  return {
    zh: `${zh}：${places.map((place) => place.zh).join('、')}${more}`,
    en: `${en}: ${places.map((place) => place.en).join(', ')}${more}`,
  };
}

function toPlace(issue: v.GenericIssue): Text {
  const path = issue.path ?? [];
  const name = path.map(({ key }, index) => (index === 0 ? String(key) : toStep(key))).join('');
  if (isUnknown(issue, path.length)) return { zh: `未知字段 ${name}`, en: `unknown field ${name}` };
  return path.at(-1)?.value === undefined ? missing(name) : { zh: name, en: name };
}

/** A name within a name, as JavaScript writes it. */
function toStep(key: unknown): string {
  if (typeof key === 'number') return `[${key}]`;
  const name = String(key).slice(0, MAX_NAME_LENGTH);
  return /^[A-Za-z_$][\w$]*$/.test(name) ? `.${name}` : `[${JSON.stringify(name)}]`;
}

/** Whether a strict object, so deep in the input, has a name that it does not know. */
const isUnknown = ({ type, expected, path }: v.GenericIssue, depth: number): boolean =>
  type === 'strict_object' && expected === 'never' && path?.length === depth;

const missing = (name: string): Text => ({ zh: `缺少 ${name}`, en: `${name} is missing` });

function toUnknown(written: string, known: readonly string[]): Problem {
  const name = written.slice(0, MAX_NAME_LENGTH);
  const meant = nearestName(written, known);
  return {
    name,
    sentence: {
      zh: `未知字段 ${JSON.stringify(name)}${meant === undefined ? '' : `（是不是 ${meant}？）`}`,
      en: `Unknown field ${JSON.stringify(name)}${meant === undefined ? '' : ` (did you mean ${meant}?)`}`,
    },
  };
}

function toInvalidArgument(problems: readonly Problem[], unnamed: number): AppError {
  const more: Text = { zh: `另有 ${unnamed} 个未知字段`, en: `${unnamed} more unknown fields` };
  const toMessage = (language: Language, comma: string): string => {
    const sentences = problems.map(({ sentence }) => sentence[language]);
    const rules = problems.flatMap(({ name, rule }) => (rule === undefined ? [] : [`${name}: ${rule[language]}`]));
    if (unnamed > 0) sentences.push(more[language]);
    return sentences.join(comma) + (rules.length > 0 ? ` (${rules.join('; ')})` : '');
  };
  const text = { zh: toMessage('zh', ','), en: toMessage('en', ', ') };
  return new AppError('InvalidArgument', text, { details: { fields: problems.map(({ name }) => name) } });
}
