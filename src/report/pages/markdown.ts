import { code, fenced, plain, table } from '../../domain/markdown-text.ts';
import { linkOf, piecesOf, type Block, type Page, type Text } from './page.ts';

/** The page as Markdown. */
export function markdownPage({ title, blocks }: Page): string {
  return [`# ${plain(title)}`, '', ...blocks.flatMap(blockLines)].join('\n').replace(/\n+$/, '\n');
}

function blockLines(block: Block): readonly string[] {
  switch (block.block) {
    case 'heading':
      return [`${'#'.repeat(block.level)} ${written(block.text)}`, ''];
    case 'paragraph':
      return [written(block.text), ''];
    case 'list':
      return [...block.items.map((item) => `- ${written(item)}`), ''];
    case 'table':
      return table(
        block.head,
        block.rows.map((row) => row.map(written)),
      );
    case 'commands':
      return ['```sh', ...fenced(block.lines), '```', ''];
  }
}

function written(text: Text): string {
  return piecesOf(text)
    .map((piece) => {
      if (typeof piece === 'string') return plain(piece);
      if ('code' in piece) return code(piece.code);
      if ('strong' in piece) return `**${plain(piece.strong)}**`;
      if ('page' in piece) return `[${plain(piece.text)}](${piece.page}.md)`;
      const link = linkOf(piece.address);
      return link === null ? code(piece.address) : `[${plain(piece.address)}](<${link}>)`;
    })
    .join('');
}
