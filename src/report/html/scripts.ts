/**
 * What the page does by itself. It works without: everything is there, and folds, by HTML alone. Both are texts because their
 * hashes stand in the page's content security policy, and a build tool would change them.
 */

/** Buttons that open and close all that folds, and what is folded open while the page is printed. */
export const FOLDING = `(() => {
  'use strict';
  const all = (selector, root = document) => [...root.querySelectorAll(selector)];
  document.documentElement.classList.add('scripted');
  const addButtons = () => {
    for (const section of all('main > section')) {
      if (all('details[data-key]', section).length < 2 || section.querySelector('.tools')) continue;
      const tools = document.createElement('div');
      tools.className = 'tools';
      for (const [words, open] of [['Open all', true], ['Close all', false]]) {
        const button = document.createElement('button');
        button.type = 'button';
        button.textContent = words;
        button.setAttribute('aria-label', words + ' of ' + section.querySelector('h2').textContent);
        button.addEventListener('click', () => {
          for (const one of all('details[data-key]', section)) one.open = open;
        });
        tools.append(button);
      }
      section.querySelector('h2').after(tools);
    }
  };
  addButtons();
  document.addEventListener('windlass:refreshed', addButtons);
  let opened = [];
  addEventListener('beforeprint', () => {
    opened = all('details[data-print]:not([open])');
    for (const one of opened) one.open = true;
  });
  addEventListener('afterprint', () => {
    for (const one of opened) one.open = false;
  });
})();
`;

/** Asks for the page again and again, and puts what has changed in the place of what was there. It runs before `FOLDING`. */
export const REFRESHING = `(() => {
  'use strict';
  const EVERY = 3000;
  const words = document.getElementById('live');
  const pause = document.getElementById('pause');
  const parts = (root) => [...root.querySelectorAll('[data-part], main > section')];
  const sourcesOf = (root) => new Map(parts(root).map((one) => [one.id, one.outerHTML]));
  // As they came: what is opened, or added by a script, is no difference.
  let sources = sourcesOf(document);
  let version = document.body.dataset.version;
  let paused = false;
  const say = (text) => {
    if (words.textContent !== text) words.textContent = text;
  };
  const swap = (next) => {
    const [now, then, fresh] = [parts(document), parts(next), sourcesOf(next)];
    if (now.map((one) => one.id).join() !== then.map((one) => one.id).join()) {
      const main = next.querySelector('main');
      keep(document.querySelector('main'), main);
      document.querySelector('main').replaceWith(main);
    }
    for (const part of then) {
      const old = document.getElementById(part.id);
      if (old === null || old === part || sources.get(part.id) === fresh.get(part.id)) continue;
      keep(old, part);
      old.replaceWith(part);
    }
    sources = fresh;
    document.title = next.title;
    document.dispatchEvent(new Event('windlass:refreshed'));
  };
  const keyed = (root) => new Map([...root.querySelectorAll('details[data-key]')].map((one) => [one.dataset.key, one]));
  const keep = (old, part) => {
    const before = keyed(old);
    for (const [key, one] of keyed(part)) if (before.has(key)) one.open = before.get(key).open;
    const focused = document.activeElement?.closest('details[data-key]');
    if (focused && old.contains(focused))
      queueMicrotask(() => keyed(document).get(focused.dataset.key)?.querySelector('summary').focus());
  };
  const look = async () => {
    if (paused) return;
    try {
      const answer = await fetch(location.pathname, { headers: { 'if-none-match': '"' + version + '"' }, cache: 'no-store' });
      if (answer.status === 200) {
        const next = new DOMParser().parseFromString(await answer.text(), 'text/html');
        version = next.body.dataset.version;
        swap(next);
        say('Live. Last change seen at ' + new Date().toISOString().slice(11, 19) + ' UTC.');
      } else if (answer.status === 304) {
        if (words.dataset.lost) say('Live again.');
      } else say('Not live: ' + (await answer.text()));
      words.dataset.lost = answer.ok || answer.status === 304 ? '' : 'yes';
    } catch {
      words.dataset.lost = 'yes';
      say('Not live: the program that serves this page has ended. This is what it showed last.');
    }
  };
  pause.addEventListener('click', () => {
    paused = !paused;
    pause.setAttribute('aria-pressed', String(paused));
    say(paused ? 'Paused.' : 'Live.');
  });
  const again = () => look().finally(() => setTimeout(again, EVERY));
  setTimeout(again, EVERY);
})();
`;
