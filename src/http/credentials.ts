/** User and password of an address, as a request carries them. */
export function basicAuth({ username, password }: Pick<URL, 'username' | 'password'>): Record<string, string> {
  if (username === '') return {};
  const pair = `${decodeURIComponent(username)}:${decodeURIComponent(password)}`;
  return { authorization: `Basic ${Buffer.from(pair).toString('base64')}` };
}
