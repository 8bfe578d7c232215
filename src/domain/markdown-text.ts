import { visible } from './visible.ts';

/** Text that people or servers wrote, made harmless in Markdown: no markup, no HTML, no unseen characters, one line. */
export function plain(text: string): string {
  return visible(text.replace(/\s+/g, ' '))
    .replace(/[\\`*_[\]|~#]/g, '\\$&')
    .replaceAll('&', '&amp;')
    .replaceAll('<', '&lt;')
    .replaceAll('>', '&gt;');
}

/** Text as code; within tables too. */
export function code(text: string): string {
  const line = visible(text.replace(/\s+/g, ' '));
  const fence = line.includes('`') ? '``' : '`';
  return `${fence}${fence.length > 1 ? ' ' : ''}${line.replaceAll('|', '\\|')}${fence.length > 1 ? ' ' : ''}${fence}`;
}

/** Lines within a fence: none of them ends it. */
export function fenced(lines: readonly string[]): readonly string[] {
  return lines.map((line) => visible(line.replace(/\s*\n\s*/g, ' ')).replaceAll('```', "'''"));
}

/** A table, or nothing when it has no rows. Cells are Markdown already. */
export function table(head: readonly string[], rows: readonly (readonly string[])[]): readonly string[] {
  if (rows.length === 0) return [];
  const line = (cells: readonly string[]): string => `| ${cells.join(' | ')} |`;
  return [line(head), line(head.map(() => '---')), ...rows.map(line), ''];
}
