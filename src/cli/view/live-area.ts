import { terminalLine } from '../terminal.ts';

const UP = (lines: number) => `\u001b[${String(lines)}A`;
const CLEAR_BELOW = '\r\u001b[0J';
/** Off while drawing: the terminal itself cuts a long line, so that one line stays one row. */
const WRAP_OFF = '\u001b[?7l';
const WRAP_ON = '\u001b[?7h';

/** Lines at the bottom of a terminal that are drawn over in place. */
export class LiveArea {
  readonly #stream: Pick<NodeJS.WriteStream, 'write' | 'rows'>;
  #drawn = 0;

  constructor(stream: Pick<NodeJS.WriteStream, 'write' | 'rows'>) {
    this.#stream = stream;
  }

  /** Replaces what was drawn before, made harmless. Of more lines than the terminal has, the last ones are shown. */
  draw(lines: readonly string[]): void {
    const fitting = lines
      .flatMap((line) => terminalLine(line).split('\n'))
      .slice(-Math.max(1, (this.#stream.rows || 24) - 1));
    const back = this.#drawn === 0 ? '' : UP(this.#drawn);
    this.#stream.write(`${back}${CLEAR_BELOW}${WRAP_OFF}${fitting.map((line) => `${line}\n`).join('')}${WRAP_ON}`);
    this.#drawn = fitting.length;
  }

  /** Leaves what was drawn last where it is: what is written next comes below it. */
  keep(): void {
    this.#drawn = 0;
  }

  /** Takes what was drawn away. */
  clear(): void {
    if (this.#drawn > 0) this.#stream.write(`${UP(this.#drawn)}${CLEAR_BELOW}`);
    this.#drawn = 0;
  }
}
