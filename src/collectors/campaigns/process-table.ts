/**
 * Which campaign has which process: a campaign has one, at most so many campaigns have one at once,
 * and so many clients are worked on in each. No process idles while anybody waits:
 *
 * - A free process goes to a waiting campaign that has none, the one that waits longest first; then
 *   to the one with the most clients waiting, which has several until somebody else needs one.
 * - While a campaign without a process waits, a campaign with several gets nothing more into the
 *   last of them; when that is empty, it changes hands.
 *
 * Pure: it says who may begin, the caller tells them.
 */

export interface Begin<Waiter> {
  readonly waiter: Waiter;
  readonly process: number;
}

interface Place {
  campaign: string | undefined;
  active: number;
  /** Takes nobody more: its time is over. */
  closing: boolean;
}

export class ProcessTable<Waiter> {
  readonly #places: readonly Place[];
  readonly #each: number;
  /** Waiting campaigns, the longest waiting first. */
  readonly #waiting = new Map<string, Waiter[]>();

  /** `processes` at once, `each` clients in one. */
  constructor(processes: number, each: number) {
    this.#each = each;
    this.#places = Array.from({ length: processes }, () => ({
      campaign: undefined,
      active: 0,
      closing: false,
    }));
  }

  get waiting(): number {
    return [...this.#waiting.values()].reduce((sum, waiters) => sum + waiters.length, 0);
  }

  /** Campaigns that have a process, by process. */
  get campaigns(): readonly (string | undefined)[] {
    return this.#places.map(({ campaign }) => campaign);
  }

  enter(campaign: string, waiter: Waiter): void {
    const waiters = this.#waiting.get(campaign);
    if (waiters) waiters.push(waiter);
    else this.#waiting.set(campaign, [waiter]);
  }

  /** Gives up waiting; false = it does not wait. */
  withdraw(campaign: string, waiter: Waiter): boolean {
    const waiters = this.#waiting.get(campaign);
    const at = waiters?.indexOf(waiter) ?? -1;
    if (!waiters || at < 0) return false;
    waiters.splice(at, 1);
    if (waiters.length === 0) this.#waiting.delete(campaign);
    return true;
  }

  /** Somebody in that process has ended. True = nobody is in it, and its campaign has lost it. */
  leave(process: number): boolean {
    const place = this.#at(process);
    place.active -= 1;
    if (place.active > 0) return false;
    const goesOn = !place.closing && this.#mayGetMore(process);
    if (goesOn) return false;
    this.#free(place);
    return true;
  }

  /** Its time is over: whoever is in it leaves soon, and nobody comes. */
  close(process: number): void {
    this.#at(process).closing = true;
  }

  /** Who may begin now, and where. */
  begin(): readonly Begin<Waiter>[] {
    const begun: Begin<Waiter>[] = [];
    for (;;) {
      const next = this.#next();
      if (next === undefined) return begun;
      const [campaign, process] = next;
      const place = this.#at(process);
      const waiters = this.#waiting.get(campaign) as Waiter[];
      begun.push({ waiter: waiters.shift() as Waiter, process });
      if (waiters.length === 0) this.#waiting.delete(campaign);
      place.campaign = campaign;
      place.active += 1;
    }
  }

  #next(): readonly [campaign: string, process: number] | undefined {
    for (const [process, place] of this.#places.entries()) {
      const { campaign, active, closing } = place;
      if (campaign === undefined || closing || active >= this.#each) continue;
      if (this.#waiting.has(campaign) && this.#mayGetMore(process)) return [campaign, process];
    }
    const free = this.#places.findIndex(({ campaign }) => campaign === undefined);
    if (free < 0) return undefined;
    const needy = [...this.#waiting.keys()].find((campaign) => this.#count(campaign) === 0);
    const campaign = needy ?? this.#longest();
    return campaign === undefined ? undefined : [campaign, free];
  }

  /** Whether a process takes more of its campaign's clients, rather than another campaign. */
  #mayGetMore(process: number): boolean {
    const { campaign } = this.#at(process);
    if (campaign === undefined || !this.#waiting.has(campaign)) return false;
    const last = this.#places.findLastIndex((place) => place.campaign === campaign);
    if (this.#count(campaign) === 1 || process !== last) return true;
    return ![...this.#waiting.keys()].some((each) => this.#count(each) === 0);
  }

  #longest(): string | undefined {
    let longest: string | undefined;
    for (const [campaign, { length }] of this.#waiting) {
      const most = longest === undefined ? 0 : (this.#waiting.get(longest)?.length ?? 0);
      if (length > most) longest = campaign;
    }
    return longest;
  }

  #count(campaign: string): number {
    return this.#places.filter((place) => place.campaign === campaign).length;
  }

  #free(place: Place): void {
    place.campaign = undefined;
    place.active = 0;
    place.closing = false;
  }

  #at(process: number): Place {
    return this.#places[process] as Place;
  }
}
