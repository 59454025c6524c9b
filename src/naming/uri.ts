/** Escapes all but the unreserved characters. @see https://www.rfc-editor.org/rfc/rfc3986#section-2.3 */
export function encodeUriPart(text: string): string {
  if (/^[\w.~-]*$/.test(text)) return text;
  return encodeURIComponent(text).replace(/[!'()*]/g, (sign) => `%${sign.charCodeAt(0).toString(16).toUpperCase()}`);
}

/** Escapes a key for a path and keeps its slashes. */
export const encodeKey = (key: string): string => encodeUriPart(key).replaceAll('%2F', '/');
