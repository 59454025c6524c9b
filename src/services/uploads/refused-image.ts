import type { AppError } from '../../errors.ts';

/** A file that came beside others and was not taken in. */
export class RefusedImage {
  /** The name that the client gave, as display text only. */
  readonly originalName: string | undefined;
  readonly error: AppError;

  constructor(originalName: string | undefined, error: AppError) {
    this.originalName = originalName;
    this.error = error;
  }
}
