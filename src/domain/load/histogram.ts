/** Buckets for each doubling: what is told of a value is at most 1/128 of it too high. */
const BITS = 7;
const EACH = 2 ** BITS;
/** Microseconds that have a bucket: 35 minutes. */
const MOST = 2 ** 31 - 1;
/** Buckets for each doubling in what is kept. */
const KEPT = 8;

/**
 * Counts of latencies in log-linear buckets, as HdrHistogram has them: any number of values in 13 KB, every percentile of them
 * within 0.8 %. Values are whole microseconds.
 */
export class LatencyHistogram {
  readonly #counts = new Uint32Array(bucketOf(MOST) + 1);
  #count = 0;
  #sum = 0;
  #least = MOST;
  #most = 0;

  /** @param micros at least 0; more than 35 minutes counts as that. */
  record(micros: number): void {
    const value = Math.min(MOST, Math.max(0, Math.round(micros)));
    const bucket = bucketOf(value);
    this.#counts[bucket] = (this.#counts[bucket] ?? 0) + 1;
    this.#count += 1;
    this.#sum += value;
    this.#least = Math.min(this.#least, value);
    this.#most = Math.max(this.#most, value);
  }

  get count(): number {
    return this.#count;
  }

  /** Exact, as are `most` and `mean`; 0 while nothing was recorded. */
  get least(): number {
    return this.#count === 0 ? 0 : this.#least;
  }

  get most(): number {
    return this.#most;
  }

  get mean(): number {
    return this.#count === 0 ? 0 : this.#sum / this.#count;
  }

  /** The value that so many of a hundred do not exceed; 0 while nothing was recorded. @param percentile above 0, at most 100. */
  percentile(percentile: number): number {
    const wanted = Math.max(1, Math.ceil((percentile / 100) * this.#count));
    let seen = 0;
    for (const [bucket, count] of this.#counts.entries()) {
      seen += count;
      if (seen >= wanted) return Math.min(this.#most, upperOf(bucket));
    }
    return this.#most;
  }

  /** Counts by the highest value of their bucket, eight buckets for each doubling: small enough to be kept. */
  buckets(): readonly (readonly [micros: number, count: number])[] {
    const kept = new Map<number, number>();
    for (const [bucket, count] of this.#counts.entries()) {
      if (count === 0) continue;
      const upper = upperOf(bucket | (EACH / KEPT - 1));
      kept.set(upper, (kept.get(upper) ?? 0) + count);
    }
    return [...kept];
  }
}

function bucketOf(value: number): number {
  const shift = Math.max(0, 31 - Math.clz32(value) - BITS);
  return shift * EACH + (value >>> shift);
}

function upperOf(bucket: number): number {
  const shift = Math.max(0, (bucket >>> BITS) - 1);
  return (bucket - shift * EACH + 1) * 2 ** shift - 1;
}
