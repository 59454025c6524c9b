/** A place outside the documents that holds the id of the bed, so that documents that are gone are missed. */
export interface BedWitness {
  /** What the bed remembers it by; the same wherever folders and servers are moved to. */
  readonly name: string;
  /** Where it is, as people are told: a path, or a key in a bucket. */
  readonly place: string;
  /** Whether it lies among the images, so that images that are gone are missed too. */
  readonly isAmongImages: boolean;
  /** The id; `undefined` when there is none. @throws {AppError} ServiceUnavailable when that cannot be told */
  read(): Promise<string | undefined>;
  /** Leaves the id there; who finds one there leaves that. */
  write(bedId: string): Promise<void>;
}
