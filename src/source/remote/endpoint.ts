/** A method of HTTP. */
export type Method = "GET" | "HEAD" | "PUT" | "POST" | "DELETE";

/** What a request asks for, besides where. */
export interface RequestParts {
  readonly method: Method;
  /** Parameters of S3. */
  readonly query?: Readonly<Record<string, string>>;
  readonly headers?: Readonly<Record<string, string>>;
  readonly body?: Uint8Array<ArrayBuffer>;
  /**
   * The expected size of the body of the answer, which may take longer if it is large.
   *
   * @default {0}
   */
  readonly answerBytes?: number;
}

/** Where requests for one object go, with what authorizes them. */
export interface Endpoint {
  /** For messages. */
  readonly name: string;
  /** Whether redirections are followed. Credentials are sent to the first origin only. */
  readonly redirects: "follow" | "refuse";
  /** Whether `Content-Encoding` only describes what is stored, so that ranges are of the stored bytes. */
  readonly storesEncoding: boolean;
  /** The URL of a request, and the headers that authorize it. */
  authorize(parts: RequestParts): Promise<AuthorizedRequest>;
}

/** What {@linkcode Endpoint.authorize} gives. */
export interface AuthorizedRequest {
  readonly url: string;
  /** Never sent to another origin. */
  readonly headers: Readonly<Record<string, string>>;
}
