/**
 * An address as it may be shown: without user and password, whether they belong there or not. Who
 * mistypes one may have written a slash or an @ into the password, so all up to the last @ goes.
 */
export function withoutUser(address: string): string {
  return address
    .replace(/\/\/.*@/s, '//')
    .replace(/([?&](?:pass|secret|token)\w*=)[^&#]*/gi, '$1•••');
}
