import { html, type Html, type Piece } from './escape.ts';

/** How something stands, as its colour tells beside its words. */
export type Tone = 'good' | 'busy' | 'wait' | 'bad' | 'quiet';

const TONES: Readonly<Record<string, Tone>> = {
  ...tone('good', 'done', 'unchanged', 'proven', 'pass', 'checked', 'better'),
  ...tone('busy', 'running', 'planning', 'applying', 'verifying', 'planned', 'applied', 'drilled', 'witnessed'),
  ...tone('wait', 'skipped by hand', 'gate', 'blocked', 'paused', 'lock', 'stale', 'unobserved', 'worse', 'medium'),
  ...tone('bad', 'parked', 'failed', 'aborted', 'cancelled', 'terminated', 'timed out', 'refuted', 'fail'),
  ...tone('bad', 'critical', 'high'),
};

function tone(of: Tone, ...words: readonly string[]): Readonly<Record<string, Tone>> {
  return Object.fromEntries(words.map((word) => [word, of]));
}

/** Of a state, a verdict, a result or a severity; quiet for what is none. */
export function toneOf(word: string): Tone {
  return Object.hasOwn(TONES, word) ? (TONES[word] ?? 'quiet') : 'quiet';
}

const MARKS: Readonly<Record<Tone, string>> = { good: '✓', busy: '▸', wait: '◆', bad: '✗', quiet: '·' };

/** A word with the mark and the colour of its tone. */
export function chip(word: string, of: Tone = toneOf(word)): Html {
  return html`<span class="chip ${of}"><span aria-hidden="true">${MARKS[of]}</span> ${word}</span>`;
}

/** What is not real says so wherever it stands. */
export function howMark(how: string | undefined): Piece {
  return how === undefined || how === 'real' ? null : html` <span class="how">${how}</span>`;
}

/** A time as people read it, in UTC. */
export function when(iso: string): Html {
  return html`<time datetime="${iso}">${iso.slice(0, 19).replace('T', ' ')}</time>`;
}

/** A section of the page; `id` is ours. */
export function section(id: string, title: string, note: Piece, body: Piece): Html {
  return html`<section id="${id}" aria-labelledby="${id}-title">
    <h2 id="${id}-title">${title}</h2>
    ${note === null ? null : html`<p class="note">${note}</p>`}${body}
  </section>`;
}

/** Something that folds. `key` tells it from the others of its page, however often that is made anew. */
export function fold(key: string, summary: Piece, body: Piece, { open = false, print = true } = {}): Html {
  return html`<details data-key="${key}" ${open ? html` open` : null}${print ? html` data-print` : null}>
    <summary>${summary}</summary>
    ${body}
  </details>`;
}

/** How many of a list are shown at most. */
const MOST = 500;

/** The items of a list, as many as a page bears; where the rest is stands in the last one. */
export function items<T>(of: readonly T[], item: (one: T) => Html, rest: string, most = MOST): Piece {
  const more = of.length - most;
  return [...of.slice(0, most).map(item), more > 0 ? html`<li class="more">and ${more} more: ${rest}</li>` : null];
}

/** How many items stand in one list. */
const CHUNK = 100;

/** Items in lists of which a browser lays out those that are on the screen: there may be many thousands. The last is laid out at once. */
export function chunks(of: readonly Html[]): Piece {
  const lists: Html[] = [];
  for (let at = 0; at < of.length; at += CHUNK) {
    const own = of.slice(at, at + CHUNK);
    lists.push(
      own.length === CHUNK
        ? html`<ul class="chunk far">
            ${own}
          </ul>`
        : html`<ul class="chunk">
            ${own}
          </ul>`,
    );
  }
  return lists;
}

/** Commands to be copied. */
export function commands(of: readonly string[]): Piece {
  return of.length === 0 ? null : html`<span class="commands">${of.map((one) => html`<code>${one}</code>`)}</span>`;
}

/** A share of a whole as a width: `12.5%`. */
export function percent(share: number): string {
  return `${String(Number((Math.min(1, Math.max(0, share)) * 100).toFixed(2)))}%`;
}

/** Parts of a whole as a bar, each with its class; what is left of it is its track. */
export function bar(parts: readonly { readonly share: number; readonly of: string }[]): Html {
  let from = 0;
  const rects = parts.map(({ share, of }) => {
    const rect = html`<rect class="${of}" x="${percent(from)}" width="${percent(share)}" height="100%" />`;
    from += share;
    return rect;
  });
  return html`<svg class="meter" width="100%" height="10" aria-hidden="true">
    <rect class="track" width="100%" height="100%" />
    ${rects}
  </svg>`;
}
