import { Html, html } from '../html/escape.ts';
import { contentPolicy } from '../html/content-policy.ts';
import { STYLE } from '../html/style.ts';
import { linkOf, piecesOf, textOf, type Block, type Page, type Text } from './page.ts';

/**
 * The page as HTML that needs nothing else and runs nothing.
 *
 * @param all the pages that it leads to, in their order.
 */
export function htmlPage(page: Page, all: readonly Page[]): string {
  const policy = Html.trusted(contentPolicy({ style: Html.trusted(STYLE) }));
  // In one piece: the policy has the hash of all that stands in the element, white space included.
  const style = Html.trusted(`<style>${STYLE}</style>`);
  const links = all.map(({ file, title }) =>
    file === page.file
      ? html`<li><a href="${file}.html" aria-current="page">${title}</a></li>`
      : html`<li><a href="${file}.html">${title}</a></li>`,
  );
  return html`<!doctype html>
    <html lang="en">
      <head>
        <meta charset="utf-8" />
        <meta http-equiv="content-security-policy" content="${policy}" />
        <meta name="viewport" content="width=device-width, initial-scale=1" />
        <meta name="color-scheme" content="light dark" />
        <meta name="referrer" content="no-referrer" />
        <title>${page.title}</title>
        <link rel="icon" href="data:," />
        ${style}
      </head>
      <body>
        <a class="skip" href="#main">Skip to the page</a>
        <header><h1>${page.title}</h1></header>
        <nav id="nav" aria-label="Pages">
          <ul>
            ${links}
          </ul>
        </nav>
        <main id="main" tabindex="-1"><section>${sectionOf(page)}</section></main>
        <footer><p>All times are UTC.</p></footer>
      </body>
    </html> `.text;
}

/** A table that scrolls is a place of its own for those who do not see it, and told from the others by the heading that it is below. */
function sectionOf({ title, blocks }: Page): readonly Html[] {
  let below = title;
  const taken = new Map<string, number>();
  return blocks.map((block) => {
    if (block.block === 'heading') below = textOf(block.text);
    const count = (taken.get(below) ?? 0) + (block.block === 'table' ? 1 : 0);
    taken.set(below, count);
    return blockHtml(block, count > 1 ? `${below} (${String(count)})` : below);
  });
}

function blockHtml(block: Block, label: string): Html {
  switch (block.block) {
    case 'heading':
      return block.level === 2 ? html`<h2>${written(block.text)}</h2>` : html`<h3>${written(block.text)}</h3>`;
    case 'paragraph':
      return html`<p>${written(block.text)}</p>`;
    case 'list':
      return html`<ul>
        ${block.items.map((item) => html`<li>${written(item)}</li>`)}
      </ul>`;
    case 'table':
      if (block.rows.length === 0) return html``;
      return html`<div class="scroll" tabindex="0" role="region" aria-label="${label}: ${block.head.join(', ')}">
        <table>
          <thead>
            <tr>
              ${block.head.map((cell) => html`<th scope="col">${cell}</th>`)}
            </tr>
          </thead>
          <tbody>
            ${block.rows.map(
              (row) =>
                html`<tr>
                  ${row.map((cell) => html`<td>${written(cell)}</td>`)}
                </tr>`,
            )}
          </tbody>
        </table>
      </div>`;
    case 'commands':
      return html`<pre><code>${block.lines.map((line) => `${line.replace(/\s*\n\s*/g, ' ')}\n`)}</code></pre>`;
  }
}

function written(text: Text): readonly Html[] {
  return piecesOf(text).map((piece) => {
    if (typeof piece === 'string') return html`${piece}`;
    if ('code' in piece) return html`<code>${piece.code}</code>`;
    if ('strong' in piece) return html`<strong>${piece.strong}</strong>`;
    if ('page' in piece) return html`<a href="${piece.page}.html">${piece.text}</a>`;
    const link = linkOf(piece.address);
    return link === null ? html`<code>${piece.address}</code>` : html`<a href="${link}">${piece.address}</a>`;
  });
}
