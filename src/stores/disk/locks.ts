/** Locks by name among all who share them: callers of one process, processes of one host, hosts of one mount. */
export interface Locks {
  /**
   * Runs `work` while nobody else holds `name`; the callers of one process come in their order, and different names do
   * not wait for each other. `work` calls `assertHeld` right before its one effect: it throws when the process slept so
   * long that another host may have taken the lock for abandoned.
   *
   * @throws {AppError} ServiceUnavailable when the lock does not become free within 5 s
   */
  hold<Result>(name: string, work: (assertHeld: () => void) => Promise<Result>): Promise<Result>;
  /** Removes the locks of processes that have ended. */
  sweep(): Promise<void>;
}
