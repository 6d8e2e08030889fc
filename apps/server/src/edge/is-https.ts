import type { ServerConfig } from '../config.js';

/**
 * Do browsers reach us by https? In production they must, through a proxy that ends TLS; a demo is plain
 * http unless its address says otherwise. The connection itself does not tell, and forwarded headers may
 * be written by anybody.
 */
export function isHttps({ RINGFENCE_MODE, PUBLIC_URL }: ServerConfig): boolean {
  return RINGFENCE_MODE === 'production' || PUBLIC_URL.startsWith('https:');
}
