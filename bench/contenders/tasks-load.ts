export interface TaskLoad {
  /** `shared`: over ten tenants and a hundred lanes, where there are such. */
  readonly what: 'plain' | 'shared' | 'threads';
  readonly tasks: number;
  readonly atOnce: number;
}

export interface TaskLoadDone {
  readonly done: number;
  readonly wallMs: number;
}
