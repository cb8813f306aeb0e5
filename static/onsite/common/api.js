// Requests to the server, and the three ways in which they can fail.

/** The server said no: `errors` are JSON:API error objects. */
export class Refused extends Error {
  constructor(errors) {
    super(errors.map((error) => error.detail).join(" "));
    this.errors = errors;
  }
}

/** Whether the request arrived, nobody knows. `status` is that of a server that broke. */
export class NoAnswer extends Error {
  constructor(message, status) {
    super(message);
    this.status = status;
  }
}

/** The session has ended; nothing was done. */
export class LoggedOut extends Error {}

export const PATIENCE = 8000;

const cookie = (name) =>
  document.cookie
    .split("; ")
    .find((part) => part.startsWith(`${name}=`))
    ?.slice(name.length + 1);

/** An address without its event, which may be called otherwise since the page came. */
const unnamed = (url) => new URL(url, window.location).pathname.replace(/^(\/\w+)\/[^/]+/, "$1");

/** Whether it is something else that answers. */
export const isElsewhere = (url, { redirected, url: end }) => redirected && unnamed(url) !== unnamed(end);

export async function request(method, url, { body, headers = {}, patience = PATIENCE } = {}) {
  const stop = new AbortController();
  const timer = setTimeout(() => stop.abort(), patience);
  try {
    const response = await fetch(url, {
      method,
      body: body && JSON.stringify(body),
      headers: { Accept: "application/vnd.api+json", ...headers },
      credentials: "same-origin",
      mode: "same-origin",
      cache: "no-store",
      signal: stop.signal,
    });
    if (response.status === 401) throw new LoggedOut();
    if (isElsewhere(url, response)) throw new NoAnswer("a redirect"); // to the page of somebody's Wi-Fi
    if (response.status === 304) return { status: 304 };
    if (response.status >= 500) throw new NoAnswer(response.statusText, response.status);
    const text = await response.text();
    const told = (name) => response.headers.get(name);
    return { status: response.status, etag: told("ETag"), date: told("Date"), text };
  } catch (error) {
    if (error instanceof LoggedOut || error instanceof NoAnswer) throw error;
    throw new NoAnswer(String(error));
  } finally {
    clearTimeout(timer);
  }
}

export function parsed(text) {
  try {
    return JSON.parse(text);
  } catch {
    throw new NoAnswer("not JSON"); // a proxy's page, or that of somebody's Wi-Fi
  }
}

/** A JSON:API request with the log-in of the page: its answer. */
export async function jsonApi(method, url, document, headers = {}, patience = PATIENCE) {
  const { status, text } = await request(method, url, {
    body: document,
    patience,
    headers: {
      "Content-Type": "application/vnd.api+json",
      "X-CSRFToken": cookie("__Host-csrftoken") ?? cookie("csrftoken") ?? "",
      ...headers,
    },
  });
  if (status === 204) return null;
  const answer = parsed(text);
  if (status >= 400) throw new Refused(answer.errors ?? [{ code: "unknown", detail: text.slice(0, 200) }]);
  return answer;
}
