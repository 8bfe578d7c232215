/**
 * What a terminal acts on, what turns the order of letters around, and what nobody sees: control characters, line and
 * paragraph separators, bidirectional controls (Unicode Standard Annex 9), and characters that are ignored by default
 * (`Default_Ignorable_Code_Point`). Line feed and tab stay, and so do the joiners and variation selectors, which scripts and
 * emoji are written with.
 */
const UNSEEN =
  /[[\p{Cc}\p{Cs}\p{Zl}\p{Zp}\p{Bidi_Control}\p{Default_Ignorable_Code_Point}\ufff9-\ufffb]--[\t\n\u200c\u200d\ufe00-\ufe0f\u{e0100}-\u{e01ef}]]/gv;

/** A text as it may be shown to a person: each such character becomes its code point, `\u{1b}`. */
export function visible(text: string): string {
  return text.replace(UNSEEN, (character) => `\\u{${(character.codePointAt(0) ?? 0).toString(16)}}`);
}

/** The same for JSON: the document stays equal, since JSON has escapes of its own for these. */
export function visibleJson(json: string): string {
  return json.replace(UNSEEN, (character) =>
    character
      .split('')
      .map((unit) => `\\u${unit.charCodeAt(0).toString(16).padStart(4, '0')}`)
      .join(''),
  );
}
