/** Notes where a listing goes on, and gives it back; fails for a place where it has been. */
export type Trail = <Token extends string | undefined>(token: Token) => Token;

/** Creates the trail of one listing: a store whose page leads back to one before it would be followed for ever. */
export function createTrail(fail: () => Error): Trail {
  const been = new Set<string>();
  return (token) => {
    if (token === undefined) return token;
    if (been.has(token)) throw fail();
    been.add(token);
    return token;
  };
}
