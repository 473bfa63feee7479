/** What the parts of a page need to know. */
import type { Channel } from '../world/channel.ts';
import type { WorldFile } from '../world/message.ts';

export interface View {
  readonly channel: Channel;
  /** An address of the bytes that holds for a while. */
  link(file: WorldFile): string;
}

/** `https://t.me/Name/123`: always the real address, wherever the page comes from. */
export function postUrl(channel: Channel, id: number): string {
  return `https://t.me/${channel.username}/${id}`;
}

export function background(url: string): string {
  return `background-image:url('${url}')`;
}
