import { LANGUAGES, type Language, settings } from '../state/settings.ts';
import { useStore } from '../state/store.ts';
import { en } from './en.ts';
import { type Texts, zh } from './zh.ts';

const TEXTS: Readonly<Record<Language, Texts>> = { zh, en };

/** The texts of the language that is chosen; they change with it. */
export const useTexts = (): Texts => TEXTS[useStore(settings).language];

/** The same for what is no part of the page. */
export const textsNow = (): Texts => TEXTS[settings.value.language];

/** What each language calls itself. */
export const languageNames: readonly (readonly [Language, string])[] = LANGUAGES.map((language) => [
  language,
  TEXTS[language].language,
]);

const localeNow = (): string => (settings.value.language === 'zh' ? 'zh-CN' : 'en-GB');

/** Writes a number as people do. */
export const showNumber = (number: number): string => new Intl.NumberFormat(localeNow()).format(number);

/** Writes a share, such as 0.8 as 80 %. */
export const showPercent = (share: number): string =>
  new Intl.NumberFormat(localeNow(), { style: 'percent' }).format(share);

/** Writes a number of bytes in the unit that fits. */
export function showBytes(bytes: number): string {
  const { units } = textsNow();
  const power = bytes < 1 ? 0 : Math.min(Math.floor(Math.log(bytes) / Math.log(1024)), units.length - 1);
  const digits = { maximumFractionDigits: power > 1 ? 1 : 0 };
  return `${new Intl.NumberFormat(localeNow(), digits).format(bytes / 1024 ** power)} ${units[power]}`;
}

/** Writes a time of ISO 8601, of the day before or earlier without the minute. */
export const showTime = (iso: string): string =>
  new Intl.DateTimeFormat(localeNow(), { dateStyle: 'medium', timeStyle: 'short' }).format(new Date(iso));

const dateOf = (period: string, format: Intl.DateTimeFormatOptions): string => {
  const [year = 0, month = 1, day = 1] = period.split('-').map(Number);
  return new Intl.DateTimeFormat(localeNow(), format).format(new Date(year, month - 1, day));
};

/** Writes a day such as 2026-01-31. */
export const showDay = (day: string): string => dateOf(day, { dateStyle: 'full' });

/** Writes a day such as 2026-01-31 without its year. */
export const showDate = (day: string): string => dateOf(day, { month: 'short', day: 'numeric' });

/** Writes a month such as 2026-01, or a year. */
export const showPeriod = (period: string): string =>
  dateOf(period, period.length > 4 ? { year: 'numeric', month: 'short' } : { year: 'numeric' });
