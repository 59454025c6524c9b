/** A request that the emulator does not know how to answer as the cloud would: the client is wrong, or the emulator must learn it. */
export class Violation extends Error {}

/** A failure that the database answers with HTTP 200. */
export class DatabaseError extends Error {
  readonly code: string;

  constructor(code: string, message: string) {
    super(message);
    this.code = code;
  }
}
