import { AppError } from '../../errors.ts';

/** Takes the refusal of an image of which no record can be: there is none then. @throws whatever else it is given */
export function passOverImpossible(error: unknown): void {
  if (!(error instanceof AppError) || error.code !== 'InvalidArgument') throw error;
}
