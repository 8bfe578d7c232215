import { parseJson, type Json } from '../../domain/json.ts';
import type { Answer } from './transport.ts';

/** What a server answered, by path and representation, with the tag by which it knows whether that still holds. */
export type RememberedAnswers = Map<string, { readonly etag: string; readonly json: Json }>;

/**
 * Asks for a document whose tag may be known: the server then says in a word that it did not change.
 *
 * @param answers what was answered before; the answer is kept in it.
 * @param ask sends these headers with the question, and takes 304 for an answer.
 * @throws as `ask` does.
 */
export async function askAgain(
  answers: RememberedAnswers,
  key: string,
  ask: (headers: Readonly<Record<string, string>>) => Promise<Answer>,
): Promise<Json> {
  const known = answers.get(key);
  const answer = await ask(known === undefined ? {} : { 'if-none-match': known.etag });
  if (answer.status === 304 && known !== undefined) return known.json;
  const json = parseJson(answer.body);
  if (answer.etag === undefined) answers.delete(key);
  else answers.set(key, { etag: answer.etag, json });
  return json;
}
