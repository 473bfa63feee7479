/**
 * Words of an address that belong to the connection: those that the driver reads, and those that
 * providers put there for other drivers, which harm nobody.
 */
export const CONNECTION_WORDS: ReadonlySet<string> = new Set([
  'application_name',
  'channel_binding',
  'client_encoding',
  'connect_timeout',
  'fallback_application_name',
  'gssencmode',
  'host',
  'idle_in_transaction_session_timeout',
  'keepalives',
  'keepalives_count',
  'keepalives_idle',
  'keepalives_interval',
  'lock_timeout',
  'options',
  'password',
  'port',
  'query_timeout',
  'ssl',
  'sslcert',
  'sslkey',
  'sslmode',
  'sslnegotiation',
  'sslrootcert',
  'statement_timeout',
  'target_session_attrs',
  'tcp_user_timeout',
  'uselibpqcompat',
  'user',
]);
