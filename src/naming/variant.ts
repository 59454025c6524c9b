/** What the address of an image may ask for: preset, size, fit, gravity, quality, pixel ratio, format, blur, turn, ground, animation. */
export const VARIANT_PARAMETERS = ['p', 'w', 'h', 'fit', 'g', 'q', 'dpr', 'f', 'blur', 'rot', 'bg', 'anim'] as const;

/** One of them. */
export type VariantParameter = (typeof VARIANT_PARAMETERS)[number];

/** Beside them: the signature, and when it expires, in seconds since 1970. */
export const SIGNATURE = 's';
/** When a signature expires. */
export const SIGNATURE_EXPIRY = 'e';

/** Tells whether an address asks for anything but the image as it was stored. */
export const asksForVariant = (query: URLSearchParams): boolean =>
  VARIANT_PARAMETERS.some((name) => query.has(name)) || (query.has(SIGNATURE) && query.has(SIGNATURE_EXPIRY));

/** The widths that everybody may ask for, so that strangers cannot have a thousand sizes of one image made. */
export const OPEN_WIDTHS = [160, 320, 480, 640, 960, 1280, 1600, 1920, 2560, 3840] as const;

/** The presets that every bed has; an admin may add others. */
export const PRESETS = {
  thumb: { w: '320', h: '320', fit: 'cover' },
  small: { w: '640', h: '640', fit: 'inside' },
  medium: { w: '1280', h: '1280', fit: 'inside' },
  large: { w: '2048', h: '2048', fit: 'inside' },
} as const satisfies Readonly<Record<string, Readonly<Partial<Record<VariantParameter, string>>>>>;

/** Where the variants of a bucket's images are kept, below the prefix that is the service's own. */
export const VARIANTS_PREFIX = '.imagepic/variants/';
