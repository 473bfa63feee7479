/** An address as it may be shown: without user and password, whether they belong there or not. */
export function withoutUser(address: string): string {
  return address.replace(/\/\/[^/?#]*@/, '//');
}
