/** Bodies of errors, as the service writes them. */

/** A body that is not there yet as bytes. */
export type ProblemBody = Readonly<Record<string, unknown>>;

/** Hosts that the types of problems are seen under. */
export const PROBLEM_HOSTS = {
  twitter: 'https://api.twitter.com/2/problems',
  x: 'https://api.x.com/2/problems',
} as const;
export type ProblemHost = keyof typeof PROBLEM_HOSTS;

const typeOf = (host: ProblemHost, name: string) => `${PROBLEM_HOSTS[host]}/${name}`;

/** A problem that says its status alone: 401, 403, 404, 429, 500, 503. */
export function plainProblem(status: number, title: string): ProblemBody {
  return { title, type: 'about:blank', status, detail: title };
}

export const CODE_88: ProblemBody = { errors: [{ code: 88, message: 'Rate limit exceeded' }] };

const SUSPENDED = 'Your account is suspended and is not permitted to access this feature.';
const LOCKED =
  'To protect our users from spam and other malicious activity, this account is temporarily locked. Please log in to https://twitter.com to unlock your account.';

/** The account of the token itself is suspended or locked. */
export function deadAccount(state: 'suspended' | 'locked'): ProblemBody {
  const suspended = state === 'suspended';
  return {
    errors: [{ code: suspended ? 64 : 326, message: suspended ? SUSPENDED : LOCKED }],
  };
}

export function unsupportedAuthentication(host: ProblemHost): ProblemBody {
  return {
    title: 'Unsupported Authentication',
    detail:
      'Authenticating with OAuth 2.0 Application-Only is forbidden for this endpoint.  Supported authentication types are [OAuth 1.0a User Context, OAuth 2.0 User Context].',
    type: typeOf(host, 'unsupported-authentication'),
    status: 403,
  };
}

export function notEnrolled(host: ProblemHost, clientId: string): ProblemBody {
  return {
    client_id: clientId,
    detail:
      'When authenticating requests to the Twitter API v2 endpoints, you must use keys and tokens from a Twitter developer App that is attached to a Project. You can create a project via the developer portal.',
    registration_url: 'https://developer.twitter.com/en/docs/projects/overview',
    title: 'Client Forbidden',
    required_enrollment: 'Appropriate Level of API Access',
    reason: 'client-not-enrolled',
    type: typeOf(host, 'client-forbidden'),
  };
}

export function creditsDepleted(host: ProblemHost, accountId: string): ProblemBody {
  return {
    account_id: accountId,
    title: 'CreditsDepleted',
    detail: `Your enrolled account [${accountId}] does not have any credits to fulfill this request.`,
    type: typeOf(host, 'credits'),
  };
}

export function usageCapped(host: ProblemHost, accountId: string): ProblemBody {
  return {
    account_id: accountId,
    product_name: 'standard-basic',
    title: 'UsageCapExceeded',
    period: 'Monthly',
    scope: 'Product',
    detail: 'Usage cap exceeded: Monthly product cap',
    type: typeOf(host, 'usage-capped'),
  };
}

/** One parameter that is wrong, and why. */
export interface Complaint {
  readonly parameter: string;
  readonly values: readonly string[];
  readonly message: string;
}

export function invalidRequest(host: ProblemHost, complaints: readonly Complaint[]): ProblemBody {
  return {
    errors: complaints.map(({ parameter, values, message }) => ({
      parameters: { [parameter]: values },
      message,
    })),
    title: 'Invalid Request',
    detail: 'One or more parameters to your request was invalid.',
    type: typeOf(host, 'invalid-request'),
  };
}

export interface Missing {
  readonly resource: 'user' | 'list';
  /** Name of the parameter: `username`, `usernames`, `id`, `ids`. */
  readonly parameter: string;
  readonly value: string;
}

export type MissingWhy = 'not-found' | 'suspended' | 'protected';

/** Something that was asked for and is not shown: an entry of `errors` in an answer of 200. */
export function missing(host: ProblemHost, what: Missing, why: MissingWhy): ProblemBody {
  const { resource, parameter, value } = what;
  const rest = { resource_type: resource, parameter, resource_id: value };
  if (why === 'not-found') {
    return {
      value,
      detail: `Could not find ${resource} with ${parameter}: [${value}].`,
      title: 'Not Found Error',
      ...rest,
      type: typeOf(host, 'resource-not-found'),
    };
  }
  if (why === 'suspended') {
    return {
      value,
      detail: `User has been suspended: [${value}].`,
      title: 'Forbidden',
      ...rest,
      type: typeOf(host, 'resource-not-found'),
    };
  }
  return {
    value,
    detail: `Sorry, you are not authorized to see the user with ${parameter}: [${value}].`,
    title: 'Authorization Error',
    ...rest,
    section: 'data',
    type: typeOf(host, 'not-authorized-for-resource'),
  };
}
