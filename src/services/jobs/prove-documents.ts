import type { Logger } from '../../logger.ts';
import type { Bed } from '../bed.ts';
import type { Job } from './job.ts';

/** Creates the job that puts the documents to the proof, however short the time is; what it finds is the bed's to say. */
export const createProveDocuments =
  (bed: Pick<Bed, 'prove' | 'require'>, logger: Logger): Job['run'] =>
  async () => {
    const fault = await bed.prove();
    if (fault !== undefined) await bed.require().catch((cause: unknown) => logger.error('lost-bed', { cause }));
    logger.info('prove-documents', { fault: fault?.name });
    return { finished: true };
  };
