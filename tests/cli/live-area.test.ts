import { describe, expect, test } from '@jest/globals';
import { LiveArea } from '../../src/cli/view/live-area.ts';

/** A terminal that understands what the live area uses, and shows what a person would see. */
function terminal(rows = 10) {
  const screen: string[] = [''];
  let line = 0;
  return {
    rows,
    screen,
    write(text: string): boolean {
      for (const [token] of text.matchAll(/\u001b\[\?7[lh]|\u001b\[\d+[A-Z]|\r|\n|[^\u001b\r\n]+/g)) {
        if (token === '\n') screen[(line += 1)] ??= '';
        else if (token.endsWith('A') && token.startsWith('\u001b')) line -= Number.parseInt(token.slice(2), 10);
        else if (token === '\u001b[0J') screen.splice(line, screen.length, '');
        else if (token !== '\r' && !token.startsWith('\u001b')) screen[line] = token;
      }
      return true;
    },
  };
}

describe('lines drawn in place', () => {
  test('a second drawing replaces the first, also when it is shorter', () => {
    const to = terminal();
    const area = new LiveArea(to);
    area.draw(['one', 'two', 'three']);
    area.draw(['four']);
    expect(to.screen).toEqual(['four', '']);
  });

  test('what is kept stays above the next drawing', () => {
    const to = terminal();
    const area = new LiveArea(to);
    area.draw(['one']);
    area.keep();
    area.draw(['two']);
    expect(to.screen).toEqual(['one', 'two', '']);
  });

  test('of more lines than the terminal has, the last ones are drawn, and replaced cleanly', () => {
    const to = terminal(3);
    const area = new LiveArea(to);
    area.draw(['one', 'two', 'three', 'four']);
    area.draw(['five', 'six', 'seven']);
    expect(to.screen).toEqual(['six', 'seven', '']);
  });

  test('what is cleared is gone', () => {
    const to = terminal();
    const area = new LiveArea(to);
    area.draw(['one', 'two']);
    area.clear();
    expect(to.screen).toEqual(['']);
  });
});
