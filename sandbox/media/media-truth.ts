/** One file: its row, its bytes, and what is right to find in it. */
export interface TruthMedia {
  /** Number of the row, from 1. */
  readonly row: number;
  /** The cell as written: a path or an address. */
  readonly file: string;
  readonly kind: 'audio' | 'image' | 'text' | 'other' | 'failed';
  readonly format?: string;
  readonly mislabelled?: boolean;
  /** Steps that must have failed. */
  readonly failed?: readonly string[];
  readonly audio?: {
    readonly durationS: number;
    readonly sampleRate: number;
    readonly channels: number;
    readonly loudnessLufs?: number;
    readonly voice?: readonly { readonly start: number; readonly end: number }[];
    /** What the stand-in of the endpoint hears in it. */
    readonly transcript: string;
  };
  readonly image?: {
    readonly width: number;
    readonly height: number;
    readonly colour: string;
    /** Pictures of one group look alike. */
    readonly group?: string;
    readonly words?: readonly string[];
    readonly make?: string;
    readonly caption?: string;
  };
  readonly text?: {
    readonly language: string;
    readonly topic: string;
    readonly emails: readonly string[];
    readonly dates: readonly string[];
    readonly urls: readonly string[];
    readonly sentiment?: string;
  };
}

export interface MediaFile {
  readonly name: string;
  /** undefined: it is not there. */
  readonly bytes: Buffer | undefined;
  readonly truth: Omit<TruthMedia, 'row' | 'file'>;
}
