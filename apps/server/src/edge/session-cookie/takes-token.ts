/** Metadata key: the route takes a refresh token, in its body or in a cookie. */
export const TAKES_TOKEN = 'server:takes-refresh-token';
