/** What went wrong with a request, as a code to match on (RFC 9457 with a stable `code`). */

/** The part of a problem body this client uses. */
export interface ProblemBody {
  readonly status: number;
  readonly code: string;
  readonly title: string;
  readonly detail?: string | undefined;
  /** What is taken, for `slot_taken`. */
  readonly resource?: ProblemResource | undefined;
  /** Which fields are wrong, for `invalid`. */
  readonly errors?: readonly FieldError[] | undefined;
}

export interface ProblemResource {
  readonly kind: string;
  readonly id: string;
  readonly name: string;
}

export interface FieldError {
  /** Such as `startsAt` or `participants.0.userId`. */
  readonly path: string;
  readonly code: string;
  readonly detail: string;
}

/** A request that did not succeed. `code` is the server's, or `offline` when it was not reached. */
export class Problem extends Error {
  readonly status: number;
  readonly code: string;
  readonly resource: ProblemResource | undefined;
  readonly errors: readonly FieldError[];

  constructor(body: ProblemBody) {
    super(body.detail ?? body.title);
    this.name = "Problem";
    this.status = body.status;
    this.code = body.code;
    this.resource = body.resource;
    this.errors = body.errors ?? [];
  }

  static offline(): Problem {
    return new Problem({ status: 0, code: "offline", title: "the server was not reached" });
  }

  /** The problem a response carries; a proxy's plain 502 becomes `unavailable`. */
  static async of(response: Response): Promise<Problem> {
    const type = response.headers.get("content-type") ?? "";
    const body: unknown = type.includes("json") ? await response.json().catch(() => null) : null;
    if (isProblemBody(body)) return new Problem({ ...body, status: response.status });
    const code = response.status >= 502 && response.status <= 504 ? "unavailable" : "unknown";
    return new Problem({ status: response.status, code, title: response.statusText });
  }
}

function isProblemBody(body: unknown): body is ProblemBody {
  return (
    typeof body === "object" && body !== null && "code" in body && typeof body.code === "string"
  );
}

/** Whatever was thrown, as a problem. */
export function toProblem(error: unknown): Problem {
  if (error instanceof Problem) return error;
  if (error instanceof TypeError) return Problem.offline(); // what fetch throws without a network
  return new Problem({ status: 0, code: "unknown", title: String(error) });
}
