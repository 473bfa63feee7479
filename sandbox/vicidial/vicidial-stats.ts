/** What the stand-in has seen: per client how much and how many at once, and the same per group. */
import type { Client } from './world.ts';

export interface ClientStats {
  requests: number;
  /** Exports that were asked for and answered with a file. */
  exports: number;
  /** Bytes of files. */
  bytes: number;
  concurrencyMax: number;
  loginsFailed: number;
  /** For how long its answers were held back on purpose, ms. */
  waitedMs: number;
}

export interface VicidialStats {
  readonly requests: number;
  readonly exports: number;
  readonly bytes: number;
  readonly loginsFailed: number;
  readonly concurrencyMax: number;
  /** Groups with an open request at the same time. */
  readonly campaignsAtOnceMax: number;
  readonly faults: Readonly<Record<string, number>>;
  /** By group. */
  readonly campaigns: Readonly<Record<string, { readonly concurrencyMax: number }>>;
  /** By `group/name`. */
  readonly clients: Readonly<Record<string, Readonly<ClientStats>>>;
}

export interface OpenRequest {
  waits(ms: number): void;
  sent(bytes: number): void;
  file(): void;
  fault(mode: string): void;
  close(): void;
}

export class Counters {
  #clients = new Map<string, ClientStats>();
  #campaignMax = new Map<string, number>();
  #faults = new Map<string, number>();
  #open = new Map<Client, number>();
  #openMax = 0;
  #campaignsMax = 0;
  #other = { requests: 0, loginsFailed: 0 };

  /** A request without a login that is known. */
  stranger(loginFailed: boolean): void {
    this.#other.requests += 1;
    if (loginFailed) this.#other.loginsFailed += 1;
  }

  refused(client: Client): void {
    this.#of(client).loginsFailed += 1;
  }

  open(client: Client): OpenRequest {
    const stats = this.#of(client);
    stats.requests += 1;
    this.#open.set(client, (this.#open.get(client) ?? 0) + 1);
    this.#peak(client, stats);
    let closed = false;
    return {
      waits: (ms) => {
        stats.waitedMs += ms;
      },
      sent: (bytes) => {
        stats.bytes += bytes;
      },
      file: () => {
        stats.exports += 1;
      },
      fault: (mode) => this.#faults.set(mode, (this.#faults.get(mode) ?? 0) + 1),
      close: () => {
        if (closed) return;
        closed = true;
        const left = (this.#open.get(client) ?? 1) - 1;
        if (left === 0) this.#open.delete(client);
        else this.#open.set(client, left);
      },
    };
  }

  read(): VicidialStats {
    const all = [...this.#clients.values()];
    const sum = (field: keyof ClientStats) => all.reduce((total, each) => total + each[field], 0);
    return {
      requests: sum('requests') + this.#other.requests,
      exports: sum('exports'),
      bytes: sum('bytes'),
      loginsFailed: sum('loginsFailed') + this.#other.loginsFailed,
      concurrencyMax: this.#openMax,
      campaignsAtOnceMax: this.#campaignsMax,
      faults: Object.fromEntries(this.#faults),
      campaigns: Object.fromEntries(
        [...this.#campaignMax].map(([name, concurrencyMax]) => [name, { concurrencyMax }]),
      ),
      clients: Object.fromEntries([...this.#clients].map(([name, stats]) => [name, { ...stats }])),
    };
  }

  /** Forgets everything but the requests that are open. */
  clear(): void {
    this.#clients = new Map();
    this.#campaignMax = new Map();
    this.#faults = new Map();
    this.#openMax = 0;
    this.#campaignsMax = 0;
    this.#other = { requests: 0, loginsFailed: 0 };
  }

  #of(client: Client): ClientStats {
    const key = `${client.campaign}/${client.name}`;
    let stats = this.#clients.get(key);
    if (!stats) {
      const counts = { requests: 0, exports: 0, bytes: 0, loginsFailed: 0 };
      stats = { ...counts, concurrencyMax: 0, waitedMs: 0 };
      this.#clients.set(key, stats);
    }
    return stats;
  }

  #peak(client: Client, stats: ClientStats): void {
    const byCampaign = new Map<string, number>();
    let open = 0;
    for (const [{ campaign }, count] of this.#open) {
      byCampaign.set(campaign, (byCampaign.get(campaign) ?? 0) + count);
      open += count;
    }
    stats.concurrencyMax = Math.max(stats.concurrencyMax, this.#open.get(client) ?? 0);
    for (const [name, count] of byCampaign) {
      this.#campaignMax.set(name, Math.max(this.#campaignMax.get(name) ?? 0, count));
    }
    this.#openMax = Math.max(this.#openMax, open);
    this.#campaignsMax = Math.max(this.#campaignsMax, byCampaign.size);
  }
}
