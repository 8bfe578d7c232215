export interface SettlingOptions {
  /** Makes what is kept as it should be now. */
  readonly work: () => Promise<void>;
  /** Told why it did not work. */
  readonly tell: (what: string) => void;
}

/** Work that is done each time that something has changed, never twice at once, and anew where something changed meanwhile. */
export class Settling {
  readonly #options: SettlingOptions;
  #again = false;
  #working = false;
  #trouble: string | null = 'the cluster has not told all of it yet';

  constructor(options: SettlingOptions) {
    this.#options = options;
  }

  /** Why what is kept is not as it should be; null when it is. */
  get trouble(): string | null {
    return this.#trouble;
  }

  /** To be called whenever something may have changed. */
  changed(): void {
    this.#again = true;
    if (this.#working) return;
    this.#working = true;
    void this.#untilSettled().finally(() => {
      this.#working = false;
    });
  }

  async #untilSettled(): Promise<void> {
    while (this.#again) {
      this.#again = false;
      try {
        await this.#options.work();
        this.#trouble = null;
      } catch (error) {
        this.#trouble = error instanceof Error ? error.message : String(error);
        this.#options.tell(this.#trouble);
      }
    }
  }
}
