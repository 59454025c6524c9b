const DAY = 24 * 60 * 60;
/** Calendars differ by the day, and no picture goes early: the longest year, and the longest month. */
const UNITS = [366 * DAY, 31 * DAY, 7 * DAY, DAY, 60 * 60, 60, 1] as const;
/** https://www.iso.org/iso-8601-date-and-time-format.html, as `PT5M` or `P1DT12H`. */
const DURATION =
  /^P(?=.)(?:(\d{1,4})Y)?(?:(\d{1,4})M)?(?:(\d{1,4})W)?(?:(\d{1,6})D)?(?:T(?=.)(?:(\d{1,6})H)?(?:(\d{1,8})M)?(?:(\d{1,9})S)?)?$/i;
/** As Lsky writes a moment, without saying where. */
const LOCAL = /^(\d{4}-\d\d-\d\d)[ T](\d\d:\d\d(?::\d\d)?)$/;

type Fields = ReadonlyMap<string, unknown>;
/** How long an image stays, by the names that the native endpoint has for it; what cannot be read is left for that to refuse. */
type Lifetime = { readonly expiresIn: string } | { readonly expiresAt: string } | Record<never, never>;

/** `expiration`: a duration, as Chevereto wants it, or seconds, as imgbb does; nothing and 0 are for good. */
export function readExpiration(fields: Fields): Lifetime {
  const given = toText(fields.get('expiration'));
  if (given === '' || given === '0') return {};
  const [, ...counts] = DURATION.exec(given) ?? [];
  if (counts.length === 0) return { expiresIn: given };
  const seconds = UNITS.reduce((sum, unit, index) => sum + unit * Number(counts[index] ?? 0), 0);
  return seconds === 0 ? {} : { expiresIn: String(seconds) };
}

/** `expired_at`: a moment, which is of Beijing unless it says its zone, as Lsky has it unless told otherwise. */
export function readExpiredAt(fields: Fields): Lifetime {
  const given = toText(fields.get('expired_at'));
  if (given === '') return {};
  const [, day, time] = LOCAL.exec(given) ?? [];
  return { expiresAt: day === undefined ? given : `${day}T${time}+08:00` };
}

const toText = (value: unknown): string =>
  typeof value === 'string' ? value.trim() : typeof value === 'number' ? String(value) : '';
