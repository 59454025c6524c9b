import type { ChildProcess } from 'node:child_process';
import { once } from 'node:events';

/** A process that is started again each time it has been killed. */
export class Mortal {
  readonly #start: () => ChildProcess;
  #child: ChildProcess;
  #stderr = '';

  constructor(start: () => ChildProcess) {
    this.#start = start;
    this.#child = this.#begin();
  }

  #begin(): ChildProcess {
    const child = this.#start();
    child.stderr?.on('data', (chunk: Buffer) => {
      this.#stderr += chunk;
    });
    return child;
  }

  /** Whether it has neither ended by itself nor been killed. */
  get isAlive(): boolean {
    return this.#child.exitCode === null && this.#child.signalCode === null;
  }

  /** Starts it again after its end. */
  start(): void {
    this.#child = this.#begin();
  }

  async kill(): Promise<void> {
    if (!this.isAlive) return;
    const gone = once(this.#child, 'exit');
    this.#child.kill('SIGKILL');
    await gone;
  }

  /** @returns whether it was still alive */
  async killAndStart(): Promise<boolean> {
    if (!this.isAlive) return false;
    await this.kill();
    this.start();
    return true;
  }

  /** Waits for it to end by itself. */
  async end(): Promise<{ readonly exitCode: number | null; readonly stderr: string }> {
    if (this.isAlive) await once(this.#child, 'exit');
    return { exitCode: this.#child.exitCode, stderr: this.#stderr };
  }
}
