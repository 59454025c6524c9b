/** Headers that clients put their token into, the one that counts first. */
export const TOKEN_HEADERS = ['authorization', 'x-api-key', 'token'] as const;

/** Names of a token in a query. */
export const TOKEN_QUERY_NAMES = ['token', 'key', 'authCode', 'secret'] as const;

/** Names of a token among the fields of a form. */
export const TOKEN_FIELDS = ['token', 'key', 'authCode', 'secret'] as const;
