/**
 * The tables of what nodes hold, beside shards: slices of lanes, leads, roles, caps, loans; and of
 * what they share: files and what is told.
 *
 * `shards.owner` is a hint to pass over a shard without looking: the node that held its slice when
 * another one came across it; 0 says nothing. It is never wrong for longer than that node holds
 * the slice: who gives a slice back, or ends a number, clears it.
 */
import { SLICES } from '../../model/slice.ts';

export const CLUSTER = `
  ALTER TABLE shards ADD COLUMN owner bigint NOT NULL DEFAULT 0;
  COMMENT ON COLUMN shards.owner IS 'a hint: who held its slice when another passed it over';
  CREATE INDEX shards_takeable ON shards (job_no, owner, tag, no)
    WHERE holder IS NULL AND NOT done;
  CREATE INDEX shards_owned ON shards (owner) WHERE owner <> 0;

  CREATE TABLE slices (
    no smallint PRIMARY KEY,
    holder bigint,
    carry text,
    lost boolean NOT NULL DEFAULT false
  ) WITH (fillfactor = 50);
  COMMENT ON COLUMN slices.carry IS 'what the last owner gave along for the next one';
  COMMENT ON COLUMN slices.lost IS 'the last owner ended without giving it back';
  CREATE INDEX slices_held ON slices (holder) WHERE holder IS NOT NULL;
  INSERT INTO slices (no) SELECT generate_series(0, ${SLICES - 1});

  CREATE TABLE leads (
    job_no integer PRIMARY KEY REFERENCES jobs ON DELETE CASCADE,
    holder bigint NOT NULL
  );
  CREATE INDEX leads_held ON leads (holder);
  CREATE TABLE roles (
    role text COLLATE "C" PRIMARY KEY,
    holder bigint NOT NULL
  );

  CREATE TABLE caps (
    cap text COLLATE "C" NOT NULL,
    holder bigint NOT NULL,
    held integer NOT NULL,
    want integer NOT NULL,
    PRIMARY KEY (cap, holder)
  ) WITH (fillfactor = 50);
  CREATE INDEX caps_held ON caps (holder);

  CREATE TABLE loans (
    id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    slice smallint NOT NULL,
    ask text NOT NULL,
    borrower bigint NOT NULL,
    state smallint NOT NULL DEFAULT 0,
    term_ms integer NOT NULL DEFAULT 0,
    feedback text,
    ended_at timestamptz
  ) WITH (fillfactor = 50);
  COMMENT ON COLUMN loans.state IS '0 asked, 1 granted, 2 ended';
  CREATE INDEX loans_of_slice ON loans (slice);
  CREATE INDEX loans_of_borrower ON loans (borrower);

  CREATE TABLE files (
    path text COLLATE "C" PRIMARY KEY,
    pieces integer,
    written_at timestamptz NOT NULL DEFAULT clock_timestamp()
  );
  COMMENT ON COLUMN files.pieces IS 'null = it is not whole yet';
  CREATE TABLE file_pieces (
    path text COLLATE "C" NOT NULL,
    no integer NOT NULL,
    bytes bytea NOT NULL,
    PRIMARY KEY (path, no)
  );
  ALTER TABLE file_pieces ALTER COLUMN bytes SET STORAGE EXTERNAL;

  CREATE TABLE told (
    no bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    teller bigint NOT NULL,
    event text NOT NULL,
    at timestamptz NOT NULL DEFAULT clock_timestamp()
  );
`;
