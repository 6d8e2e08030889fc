/** The middle value; the mean of the two middle ones of an even number. */
export function median(values: readonly number[]): number {
  const sorted = [...values].sort((a, b) => a - b);
  const middle = sorted.length / 2;
  const [low, high] = [sorted[Math.ceil(middle) - 1], sorted[Math.floor(middle)]];
  return low === undefined || high === undefined ? Number.NaN : (low + high) / 2;
}

/**
 * How far a median may be off: half the width of its 95 % interval, from the median absolute deviation.
 *
 * @see Rousseeuw and Croux, "Alternatives to the Median Absolute Deviation", 1993 (the factor 1.4826);
 *   the standard error of a median is 1.2533 times that of a mean
 */
export function medianError(values: readonly number[]): number {
  const middle = median(values);
  const deviation = median(values.map((value) => Math.abs(value - middle))) * 1.4826;
  return (1.96 * 1.2533 * deviation) / Math.sqrt(values.length);
}
