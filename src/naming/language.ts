import type { Language } from '../errors.ts';

/**
 * Picks the language of people's text: the best liked of Chinese and English, Chinese when neither is asked for.
 *
 * @see https://datatracker.ietf.org/doc/html/rfc9110#section-12.5.4
 */
export function pickLanguage(acceptLanguage: unknown): Language {
  if (typeof acceptLanguage !== 'string') return 'zh';
  const liked = acceptLanguage
    .slice(0, 256)
    .split(',')
    .map((range) => {
      const [tag = '', weight = 'q=1'] = range.trim().toLowerCase().split(';');
      return { tag: tag.split('-')[0], quality: Number(weight.trim().replace('q=', '')) };
    })
    .filter(({ tag, quality }) => (tag === 'zh' || tag === 'en') && quality > 0)
    .sort((one, other) => other.quality - one.quality);
  return liked[0]?.tag === 'en' ? 'en' : 'zh';
}
