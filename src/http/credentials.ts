/** User and password of an address, as a request carries them. */
export function basicAuth({ username, password }: Pick<URL, 'username' | 'password'>): Record<string, string> {
  if (username === '') return {};
  return basicAuthOf(decodeURIComponent(username), decodeURIComponent(password));
}

/** The same of a user and a password by themselves (RFC 7617). */
export function basicAuthOf(user: string, password: string): Record<string, string> {
  return { authorization: `Basic ${Buffer.from(`${user}:${password}`).toString('base64')}` };
}
