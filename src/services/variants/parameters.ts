import { AppError, type Text } from '../../errors.ts';
import { OPEN_WIDTHS, VARIANT_PARAMETERS, type VariantParameter } from '../../naming/variant.ts';
import type { Fit, Gravity, Transformation, VariantFormat } from '../../ports/image-transformer.ts';

/** What is asked for, before it is known of which image and by whom. */
export interface Parameters extends Omit<Transformation, 'format' | 'quality'> {
  readonly format: VariantFormat | 'auto';
  /** As the format has it unless given. */
  readonly quality?: number;
}

/** Largest side of a variant, in pixels of the screen. */
export const MAX_VARIANT_SIDE = 8192;
/** @see https://developer.mozilla.org/en-US/docs/Web/Media/Formats/Image_types */
const FORMATS = new Map<string, VariantFormat | 'auto'>([
  ['auto', 'auto'],
  ['avif', 'avif'],
  ['webp', 'webp'],
  ['jpeg', 'jpeg'],
  ['jpg', 'jpeg'],
  ['png', 'png'],
  ['gif', 'gif'],
]);
const FITS: ReadonlySet<string> = new Set<Fit>(['cover', 'contain', 'inside']);
const TURNS = [0, 90, 180, 270] as const;

const SIDE: Text = {
  zh: `1–${MAX_VARIANT_SIDE} 的整数（乘以 dpr 之后也一样）`,
  en: `an integer from 1 to ${MAX_VARIANT_SIDE}, also once it is multiplied by dpr`,
};
const RULES: Readonly<Record<VariantParameter, Text>> = {
  p: { zh: '一个预设的名字，且不与 w、h 等参数同用', en: 'the name of a preset, without w, h and the like beside it' },
  w: SIDE,
  h: SIDE,
  fit: { zh: 'cover、contain 或 inside', en: 'cover, contain or inside' },
  g: {
    zh: 'center、smart，或 0–1 的两个数，如 0.5,0.3',
    en: 'center, smart, or two numbers from 0 to 1 such as 0.5,0.3',
  },
  q: { zh: '1–100 的整数', en: 'an integer from 1 to 100' },
  dpr: { zh: '1–4 的数', en: 'a number from 1 to 4' },
  f: { zh: 'auto、avif、webp、jpeg、png 或 gif', en: 'auto, avif, webp, jpeg, png or gif' },
  blur: { zh: '0.3–100 的数', en: 'a number from 0.3 to 100' },
  rot: { zh: '0、90、180 或 270', en: '0, 90, 180 or 270' },
  bg: { zh: '六位十六进制颜色，如 ffffff', en: 'a colour of six hex digits such as ffffff' },
  anim: { zh: '0 或 1', en: '0 or 1' },
};

/** Parameters by their names; each at most once. */
export type Given = ReadonlyMap<VariantParameter, string>;

/** Picks the parameters out of a query. @throws {AppError} InvalidArgument for one that is there twice */
export function pickParameters(query: URLSearchParams): Given {
  const given = new Map<VariantParameter, string>();
  for (const name of VARIANT_PARAMETERS) {
    const [value, ...more] = query.getAll(name);
    if (more.length > 0) throw wrong(name);
    if (value !== undefined) given.set(name, value);
  }
  return given;
}

/** Beside a preset or a width of the list, what everybody may say. */
const OPEN: ReadonlySet<string> = new Set<VariantParameter>(['f', 'anim']);

/** Tells whether parameters are open to everybody who may see the image: a preset, or a width of the list. */
export function isOpen(given: Given): boolean {
  const [first, ...others] = [...given.keys()].filter((name) => !OPEN.has(name));
  if (others.length > 0 || first === undefined) return false;
  return first === 'p' || (first === 'w' && OPEN_WIDTHS.some((width) => String(width) === given.get('w')));
}

/** Reads parameters; those of a preset have been put in its place. @throws {AppError} InvalidArgument that names the one that is wrong */
export function readParameters(given: Given): Parameters {
  if (given.has('p')) throw wrong('p');
  const read = createReader(given);
  const dpr = read('dpr', toNumber(1, 4)) ?? 1;
  const toSide = (text: string): number | undefined => {
    const side = Math.round((toInteger(1, MAX_VARIANT_SIDE)(text) ?? Number.NaN) * dpr);
    return side <= MAX_VARIANT_SIDE ? side : undefined;
  };
  const [width, height] = [read('w', toSide), read('h', toSide)];
  const blur = read('blur', toNumber(0.3, 100));
  const background = read('bg', (text) => (/^[\da-f]{6}$/i.test(text) ? text.toLowerCase() : undefined));
  const quality = read('q', toInteger(1, 100));
  return {
    ...(width !== undefined && { width }),
    ...(height !== undefined && { height }),
    ...toPlacing(read('fit', toFit), read('g', toGravity), width !== undefined && height !== undefined),
    rotate: read('rot', toTurn) ?? 0,
    ...(blur !== undefined && { blur }),
    ...(background !== undefined && { background }),
    ...(quality !== undefined && { quality }),
    format: read('f', (text) => FORMATS.get(text)) ?? 'auto',
    isAnimated: read('anim', (text) => (/^[01]$/.test(text) ? text === '1' : undefined)) ?? true,
  };
}

/** What changes nothing is left out, so that one result has one name. */
function toPlacing(
  fit: Fit | undefined,
  gravity: Gravity | undefined,
  isBox: boolean,
): Pick<Parameters, 'fit' | 'gravity'> {
  if (!isBox) return { fit: 'inside', gravity: 'center' };
  return { fit: fit ?? 'cover', gravity: (fit ?? 'cover') === 'cover' ? (gravity ?? 'center') : 'center' };
}

const createReader =
  (given: Given) =>
  <Value>(name: VariantParameter, parse: (text: string) => Value | undefined): Value | undefined => {
    const text = given.get(name);
    if (text === undefined) return undefined;
    const value = parse(text);
    if (value === undefined) throw wrong(name);
    return value;
  };

const toNumber =
  (least: number, most: number) =>
  (text: string): number | undefined => {
    const value = /^\d{1,5}(\.\d{1,3})?$/.test(text) ? Number(text) : Number.NaN;
    return value >= least && value <= most ? value : undefined;
  };

const toInteger =
  (least: number, most: number) =>
  (text: string): number | undefined =>
    /^\d+$/.test(text) ? toNumber(least, most)(text) : undefined;

const isFit = (text: string): text is Fit => FITS.has(text);
const toFit = (text: string): Fit | undefined => (isFit(text) ? text : undefined);
const toTurn = (text: string): Parameters['rotate'] | undefined => TURNS.find((turn) => String(turn) === text);

function toGravity(text: string): Gravity | undefined {
  if (text === 'center' || text === 'smart') return text;
  const [x, y, ...more] = text.split(',').map(toNumber(0, 1));
  return x === undefined || y === undefined || more.length > 0 ? undefined : { x, y };
}

/** Writes a transformation as one word that can be part of a key; what gives the same picture has the same word. */
export function toVariantName(to: Transformation): string {
  const { width, height, fit, gravity, rotate, blur, background, format, quality, isAnimated } = to;
  const size = `${width ?? ''}x${height ?? ''}`;
  const about = typeof gravity === 'string' ? gravity : `${gravity.x}_${gravity.y}`;
  const parts = [
    ...[size, fit, about, `q${quality}`],
    ...(rotate === 0 ? [] : [`r${rotate}`]),
    ...(blur === undefined ? [] : [`b${blur}`]),
    ...(background === undefined ? [] : [background]),
    ...(isAnimated ? [] : ['still']),
  ];
  return `${parts.join('-')}.${format}`;
}

/** The refusal of a parameter, by its name and what it may be. */
export const wrong = (name: VariantParameter): AppError =>
  new AppError(
    'InvalidArgument',
    {
      zh: `图片地址中的参数 ${name} 不正确：应为 ${RULES[name].zh}`,
      en: `The parameter ${name} of the address is not valid: it must be ${RULES[name].en}`,
    },
    { details: { fields: [name] } },
  );
