import { PassThrough } from 'node:stream';
import { describe, expect, jest, test } from '@jest/globals';
import { processCli } from '../../src/cli/cli.ts';
import { report } from '../../src/cli/run.ts';
import { paintFor, terminalLine } from '../../src/cli/terminal.ts';
import { LiveArea } from '../../src/cli/view/live-area.ts';
import { statusLines } from '../../src/cli/view/status.ts';
import { WindlassFailure } from '../../src/domain/failure.ts';
import { visible, visibleJson } from '../../src/domain/visible.ts';
import { code, fenced, plain } from '../../src/domain/markdown-text.ts';
import { rolloutDetails } from '../../src/workflows/details.ts';
import { gate, status, step } from './support.ts';

/** Moves the cursor, hides, colours, sets a title, rings; 8-bit CSI; overrides the direction; hides letters. */
const HOSTILE = [
  ...['\u001b[2J\u001b[H', '\u001b[8mhidden', '\u001b]0;title\u0007', '\r', '\b', '\u009b2J', '\u007f', '\0'],
  ...['\u202egnp.exe', '\u2066', '\u200b', '\u2028', '\u{e0041}', '\ud800', '\ufeff', '\u00ad'],
];
const UNSEEN = /[\u0000-\u0008\u000b-\u001f\u007f-\u009f\u00ad\u200b\u2028-\u202e\u2066-\u2069\ufeff\ud800]|\udb40/;

/** What a piece of work writes to standard output and standard error. */
function written(work: () => void): string {
  const texts: string[] = [];
  const take = (text: unknown): boolean => texts.push(String(text)) > 0;
  const spies = [process.stdout, process.stderr].map((stream) => jest.spyOn(stream, 'write').mockImplementation(take));
  try {
    work();
  } finally {
    for (const spy of spies) spy.mockRestore();
  }
  return texts.join('');
}

/** A terminal that shows colours, wherever the tests run. */
const terminal = Object.assign(new PassThrough(), { isTTY: true, getColorDepth: () => 8 });

describe('what others wrote', () => {
  test.each(HOSTILE)('is shown by everything that verbs write with, and does nothing: %j', (hostile) => {
    const text = `before ${hostile} after`;
    const failure = new WindlassFailure('InvalidRollout', text, { object: text, next: text, facts: { text } });
    const all = written(() => {
      const cli = processCli(false);
      cli.say(text);
      cli.warn(text);
      cli.print(text);
      processCli(true).document({ text });
      report(failure, false);
      report(failure, true);
      new LiveArea({ write: cli.human.write.bind(cli.human), rows: 24 }).draw([text]);
    });
    const drawing = new RegExp(['\\u001b\\[0J', '\\u001b\\[\\?7[lh]', '\\r'].join('|'), 'g');
    const [before, drawn = ''] = all.split(/(?=\r\u001b\[0J)/);
    expect(before).not.toMatch(UNSEEN);
    expect(drawn.replaceAll(drawing, '')).not.toMatch(UNSEEN);
    expect(before).toContain('\\u{');
  });

  test('stands in a gate that an approver is asked about without an escape', () => {
    const [hostile, line] = [HOSTILE.join(' '), 'create bucket \u001b[1A\u001b[2K'];
    const open = gate({ reason: hostile, plan: { ...gate().plan!, lines: [line] } });
    const asked = status('blocked', [
      { name: 'backup', state: 'running', steps: [step('bucket', 'gate', { gate: open })] } as never,
    ]);
    const shown = statusLines(asked, 0, paintFor(terminal), 'commands').map(terminalLine);
    const ours = shown.join('\n').replace(new RegExp('\\u001b\\[\\d+m', 'g'), '');
    expect(ours).toContain('\\u{1b}[2J');
    expect(ours).not.toMatch(UNSEEN);
    expect(rolloutDetails(asked)).not.toMatch(UNSEEN);
  });

  test('takes no colour of its own, while ours take effect', () => {
    const line = paintFor(terminal)('red', 'ours \u001b[32mtheirs');
    expect(terminalLine(line)).toBe('\u001b[31mours \\u{1b}[32mtheirs\u001b[39m');
  });

  test('makes no line that looks like ours', () => {
    expect(terminalLine('rejected: no\napproved by grace')).toBe('rejected: no\n  | approved by grace');
  });

  test('is the same JSON document still', () => {
    const value = { [HOSTILE.join('')]: HOSTILE };
    const json = visibleJson(JSON.stringify(value));
    expect(json).not.toMatch(UNSEEN);
    expect(JSON.parse(json)).toEqual(value);
  });

  test('is harmless in reports', () => {
    const text = HOSTILE.join(' ');
    for (const shown of [plain(text), code(text), ...fenced([text])]) expect(shown).not.toMatch(UNSEEN);
    expect(fenced(['a\n```\n# b'])).toEqual(["a ''' # b"]);
  });
});

test('letters of every script, emoji and their joiners are left alone', () => {
  const text = 'Zażółć\tgęślą\nשלום 你好 हिन्दी می‌خواهم 👩‍💻 ❤️';
  expect(visible(text)).toBe(text);
});
