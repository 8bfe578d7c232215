import { randomUUID } from 'node:crypto';
import { styleText } from 'node:util';
import { visible } from '../domain/visible.ts';

const ESCAPE = '\u001b';

/** Behind the escapes of our own colours until they are written: nobody whose text is shown can know it. */
const OURS = randomUUID();

/** Before what goes on behind a line break of a text that others wrote, so that it is taken for no line of ours. */
const GOES_ON = '  | ';

/** Colours a text for `terminalText`; texts within it may be coloured too. */
export function paintFor(
  stream: NodeJS.WritableStream,
): (format: Parameters<typeof styleText>[0], text: string) => string {
  return (format, text) => {
    const [before = '', after = ''] = styleText(format, '\0', { stream }).split('\0').map(marked);
    return `${before}${text}${after}`;
  };
}

/**
 * One line for people, as it may be written to a terminal: our own colours take effect, every other control character is
 * shown and does nothing (`visible`), and line breaks within it are marked.
 */
export function terminalLine(line: string): string {
  return line
    .split(`${ESCAPE}${OURS}`)
    .map((part) => visible(part).replaceAll('\n', `\n${GOES_ON}`))
    .join(ESCAPE);
}

function marked(style: string): string {
  return style.replaceAll(ESCAPE, `${ESCAPE}${OURS}`);
}
