/** What answers at an endpoint. */
export interface Server {
  /** `host:port`. */
  readonly address: string;
  /** By its `Server` header; null for one that does not say, or that nothing special is known of. */
  readonly brand: 'MinIO' | 'SeaweedFS' | null;
}

export function serverOf(address: string, header: string | null): Server {
  if (header === 'MinIO') return { address, brand: 'MinIO' };
  if (header?.startsWith('SeaweedFS') === true) return { address, brand: 'SeaweedFS' };
  return { address, brand: null };
}

/** As sentences begin with it. */
export function nameOf({ address, brand }: Server): string {
  return brand === null ? `The object store at ${address}` : `${brand} at ${address}`;
}
