import { pickLanguage } from '../../naming/language.ts';
import { LINK_FORMATS, type LinkFormat } from '../../naming/link-format.ts';
import { isRecord } from '../../naming/record.ts';
import { createStore } from './store.ts';

/** Languages of the page. */
export const LANGUAGES = ['zh', 'en'] as const;
/** One of them. */
export type Language = (typeof LANGUAGES)[number];
/** How bright it is. */
export const THEMES = ['system', 'light', 'dark'] as const;
/** One of them. */
export type Theme = (typeof THEMES)[number];

/** How the pictures of the library lie: as squares, or in rows, each in its own shape. */
const LAYOUTS = ['squares', 'rows'] as const;
/** One of them. */
type Layout = (typeof LAYOUTS)[number];

/** What somebody has chosen, on this machine. */
export interface Settings {
  readonly language: Language;
  readonly theme: Theme;
  readonly linkFormat: LinkFormat;
  /** Where uploads go. */
  readonly folder: string;
  /** Side of a tile of the library, in pixels. */
  readonly tile: number;
  readonly layout: Layout;
  /** Whether a square shows the whole picture. */
  readonly isWhole: boolean;
  /** Quality of the WebP that is uploaded in place of a picture; 0: pictures go as they are. */
  readonly quality: number;
}

const KEY = 'imagepic.settings';

const DEFAULTS: Settings = {
  language: pickLanguage(navigator.languages.join(',')),
  theme: 'system',
  linkFormat: 'markdown',
  folder: '',
  tile: 176,
  layout: 'squares',
  isWhole: false,
  quality: 0,
};

/** The settings; kept as they change. */
export const settings = createStore<Settings>(read());

/** Changes some of them. */
export const setSettings = (change: Partial<Settings>): void =>
  settings.update((settings) => ({ ...settings, ...change }));

settings.subscribe(() => {
  try {
    localStorage.setItem(KEY, JSON.stringify(settings.value));
  } catch {
    // A browser that keeps nothing forgets them; that is what was asked of it.
  }
});

function isOneOf<Word extends string>(words: readonly Word[], word: unknown): word is Word {
  return words.some((known) => known === word);
}

/** What is kept may be of another version, or somebody's own work. */
function read(): Settings {
  const kept = readKept();
  const inRange = (value: unknown, least: number, most: number): value is number =>
    typeof value === 'number' && value >= least && value <= most;
  return {
    language: isOneOf(LANGUAGES, kept['language']) ? kept['language'] : DEFAULTS.language,
    theme: isOneOf(THEMES, kept['theme']) ? kept['theme'] : DEFAULTS.theme,
    linkFormat: isOneOf(LINK_FORMATS, kept['linkFormat']) ? kept['linkFormat'] : DEFAULTS.linkFormat,
    folder: typeof kept['folder'] === 'string' ? kept['folder'].slice(0, 512) : DEFAULTS.folder,
    tile: inRange(kept['tile'], 96, 320) ? kept['tile'] : DEFAULTS.tile,
    layout: isOneOf(LAYOUTS, kept['layout']) ? kept['layout'] : DEFAULTS.layout,
    isWhole: kept['isWhole'] === true,
    quality: inRange(kept['quality'], 0, 100) ? kept['quality'] : DEFAULTS.quality,
  };
}

function readKept(): Readonly<Record<string, unknown>> {
  try {
    const kept: unknown = JSON.parse(localStorage.getItem(KEY) ?? '{}');
    return isRecord(kept) ? kept : {};
  } catch {
    return {};
  }
}
