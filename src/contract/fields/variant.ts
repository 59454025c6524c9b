import * as v from 'valibot';
import { VARIANT_PARAMETERS } from '../../naming/variant.ts';
import { defineField } from '../field.ts';
import { plainObject } from './primitives.ts';

const MAX_PRESETS = 50;

/** What an address says after its question mark; what is right of it the service itself knows. */
const value = v.pipe(
  v.union([v.pipe(v.string(), v.maxLength(32)), v.pipe(v.number(), v.minValue(0), v.maxValue(10_000))]),
  v.transform(String),
);
const names = VARIANT_PARAMETERS.filter((name) => name !== 'p');
const withoutPreset = v.pipe(plainObject, v.record(v.picklist(names), value));

/** What a variant is to be, by the names that addresses have for it. */
export const parameters = defineField('parameters', {
  schema: v.pipe(plainObject, v.record(v.picklist(VARIANT_PARAMETERS), value)),
  label: { zh: '图片参数', en: 'The parameters' },
  wrong: { zh: '图片参数不符合规范', en: 'The parameters are not valid' },
  rule: {
    zh: `由 ${VARIANT_PARAMETERS.join('、')} 组成的对象，值为字符串或数字`,
    en: `an object of ${VARIANT_PARAMETERS.join(', ')}, its values strings or numbers`,
  },
});

/** Parameters under names. */
export const presets = defineField('presets', {
  schema: v.pipe(
    plainObject,
    v.check((all) => Object.keys(all).length <= MAX_PRESETS),
    v.record(v.pipe(v.string(), v.regex(/^[a-z0-9][a-z0-9-]{0,31}$/)), withoutPreset),
  ),
  // Every name and value as long as it may be.
  maxBytes: MAX_PRESETS * (64 + names.length * 64),
  label: { zh: '预设', en: 'The presets' },
  wrong: { zh: '预设不符合规范', en: 'The presets are not valid' },
  rule: {
    zh: `至多 ${MAX_PRESETS} 个：名字为小写字母、数字和连字符，值为 ${names.join('、')} 组成的对象`,
    en: `up to ${MAX_PRESETS}: names of lower-case letters, digits and hyphens, each for an object of ${names.join(', ')}`,
  },
});
