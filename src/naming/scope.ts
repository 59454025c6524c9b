/** What may be done to images: what API tokens and grants are cut down to. */
export const SCOPES = ['upload', 'read', 'delete', 'list'] as const;

/** One of them. */
export type Scope = (typeof SCOPES)[number];
