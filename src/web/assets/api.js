// The service behind the page: JSON over HTTP, and streams that take up again where they were cut.

/** What the server refused, with its words. */
export class Refused extends Error {
  constructor(status, error) {
    super(error.message ?? `the server answers ${status}`);
    Object.assign(this, { status, code: error.code ?? '', hint: error.hint, body: error });
  }
}

/** Reads a resource. */
export function get(path) {
  return call(path, { headers: { accept: 'application/json' } });
}

/** Does something; `key` lets the server know the same request again. */
export function post(path, body = {}, key = null) {
  return call(path, {
    method: 'POST',
    headers: { 'content-type': 'application/json', accept: 'application/json', ...(key && { 'idempotency-key': key }) },
    body: JSON.stringify(body),
  });
}

/**
 * Begins runs, each intent once: whoever was not told whether a run began asks again with the same key, and is named
 * the run that did.
 */
export function begins() {
  let open = null;
  return async (path, body) => {
    const text = JSON.stringify([path, body]);
    if (open?.text !== text) open = { text, key: drawn() };
    try {
      const answer = await post(path, body, open.key);
      open = null;
      return answer;
    } catch (error) {
      if (error.status !== 0 && error.status < 500) open = null;
      throw error;
    }
  };
}

/** A random text; `randomUUID` is not there on a page that came without TLS. */
const drawn = () => [...crypto.getRandomValues(new Uint8Array(16))].map((byte) => byte.toString(16).padStart(2, '0')).join('');

/** The same work, deaf while it is under way: pressed twice, it is done once. */
export function once(work) {
  let busy = false;
  return async (...given) => {
    if (busy) return;
    busy = true;
    try {
      await work(...given);
    } finally {
      busy = false;
    }
  };
}

/** Reads text, such as a drawing. */
export async function text(path) {
  const answer = await fetch(`/api/v1${path}`);
  if (!answer.ok) throw new Refused(answer.status, {});
  return answer.text();
}

async function call(path, options) {
  let answer;
  try {
    answer = await fetch(`/api/v1${path}`, options);
  } catch {
    throw new Refused(0, { code: 'unreachable', message: 'runsheet serve does not answer' });
  }
  if (answer.status === 401) {
    location.assign(`/login?to=${encodeURIComponent(location.pathname)}`);
  }
  const value = await answer.json().catch(() => ({}));
  if (!answer.ok) throw new Refused(answer.status, { ...value, ...(value.error ?? {}) });
  return value;
}

/** How long to wait after a stream was refused. */
const AGAIN = 3000;

/**
 * Listens to a stream of events, which the browser takes up again from the last number it saw.
 * `heard(event)` is told of each that comes after the number `seen`, `state(up)` whether the line stands. A page that nobody sees holds no line: a browser
 * keeps six to a host, and every tab would take its share.
 */
export function listen(path, names, heard, state = () => {}, seen = null) {
  let source = null;
  let last = seen;
  let again;
  const hang = () => {
    clearTimeout(again);
    source?.close();
    source = null;
  };
  const open = () => {
    if (source || document.hidden) return;
    clearTimeout(again);
    source = new EventSource(`/api/v1${path}${last === null ? '' : `?from=${last + 1}`}`);
    const tell = (event) => {
      if (/^\d+$/.test(event.lastEventId)) last = Number(event.lastEventId);
      heard(event);
    };
    for (const name of names) source.addEventListener(name, tell);
    source.addEventListener('open', () => state(true));
    source.addEventListener('error', () => {
      state(source?.readyState === EventSource.OPEN);
      if (source?.readyState !== EventSource.CLOSED) return;
      // Refused, by a server that ends or is full or by a proxy without one, a browser gives up: the page does not.
      hang();
      again = setTimeout(open, AGAIN);
    });
  };
  const turned = () => (document.hidden ? hang() : open());
  document.addEventListener('visibilitychange', turned);
  addEventListener('pagehide', hang);
  addEventListener('pageshow', open);
  open();
  return () => {
    document.removeEventListener('visibilitychange', turned);
    removeEventListener('pagehide', hang);
    removeEventListener('pageshow', open);
    hang();
  };
}

/**
 * Calls `work` soon after it was asked to, never twice at once, and less often the longer it takes.
 */
export function calmly(work, least = 200) {
  let running = false;
  let wanted = false;
  let timer;
  const run = async () => {
    running = true;
    wanted = false;
    const began = performance.now();
    try {
      await work();
    } finally {
      const took = performance.now() - began;
      timer = setTimeout(() => {
        running = false;
        if (wanted) run();
      }, Math.max(least, took * 4));
    }
  };
  const ask = () => {
    if (running) wanted = true;
    else run();
  };
  ask.stop = () => { clearTimeout(timer); running = true; wanted = false; };
  return ask;
}
