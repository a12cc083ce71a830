/**
 * The live session's socket, without React: greets, resumes after a drop, comes back for ever,
 * answers requests with promises, and delivers each chat line exactly once.
 *
 * A line is kept until the server's own event brings it back, in `storage` too, so that neither
 * a lost socket nor a reloaded page loses what somebody wrote. Its key makes sending it twice safe.
 */

import { type LiveKnowledge, me, reduce } from "./live-state";
import {
  CLOSE_CODES,
  type ClientMessage,
  type ErrorCode,
  type Event,
  type LeaveReason,
  PROTOCOL,
  type ServerMessage,
} from "./protocol.gen";

/** Why it is over. `denied`: no longer allowed in; `outdated`: this page is older than the server. */
export type ClosedReason = LeaveReason | "denied" | "outdated";

/** How the socket stands. */
export type LiveConnection =
  | { readonly phase: "connecting" }
  | { readonly phase: "connected" }
  /** The socket was lost after the first welcome; the client tries again. */
  | { readonly phase: "reconnecting"; readonly attempt: number }
  /** Over: the client does not try again. */
  | { readonly phase: "closed"; readonly reason: ClosedReason };

/** A line the server has not confirmed yet. */
export interface UnsentLine {
  readonly key: string;
  readonly text: string;
  /** Why the server did not take it; it is then only sent again when the writer asks. */
  readonly failed?: ErrorCode;
}

export interface LiveState {
  readonly connection: LiveConnection;
  readonly known: LiveKnowledge | null;
  readonly unsent: readonly UnsentLine[];
}

/** The part of `WebSocket` that is used here. */
export type LiveSocket = Pick<WebSocket, "onopen" | "onmessage" | "onclose" | "send" | "close">;

export interface LiveSessionOptions {
  readonly sessionId: string;
  readonly openSocket: () => LiveSocket;
  /** Asked when a socket did not open: a browser does not say why. `denied` ends the attempts. */
  readonly checkAccess: () => Promise<"allowed" | "denied" | "unreachable">;
  readonly storage?: Pick<Storage, "getItem" | "setItem" | "removeItem"> | undefined;
  readonly newKey: () => string;
  /** 0 to 1, spreads the attempts of many clients. */
  readonly random: () => number;
}

/** The server refused a request, or did not answer it in time. */
export class LiveRequestError extends Error {
  readonly code: ErrorCode | "timed_out" | "closed";

  constructor(code: ErrorCode | "timed_out" | "closed", detail: string) {
    super(detail);
    this.name = "LiveRequestError";
    this.code = code;
  }
}

export type LiveRequest = Exclude<ClientMessage, { type: "hello" | "say" | "ping" }>;

const PING_EVERY_MS = 10_000;
/** A socket that said nothing for so long is taken for dead. */
const SILENCE_MS = 25_000;
const OPEN_WITHIN_MS = 10_000;
/** A request is not carried out when it could surprise the person who made it long ago. */
const REQUEST_TIMEOUT_MS = 30_000;
const FIRST_RETRY_MS = 250;
const LAST_RETRY_MS = 5_000;

/** Reasons after which coming back is wrong or pointless. */
const FINAL: ReadonlySet<string> = new Set<LeaveReason>([
  "left",
  "removed",
  "replaced",
  "session_over",
]);

interface PendingRequest {
  readonly message: ClientMessage;
  readonly resolve: () => void;
  readonly reject: (error: LiveRequestError) => void;
  readonly timer: ReturnType<typeof setTimeout>;
}

export class LiveSession {
  readonly #options: LiveSessionOptions;
  readonly #listeners = new Set<() => void>();
  readonly #eventListeners = new Set<(event: Event, known: LiveKnowledge) => void>();
  #state: LiveState = { connection: { phase: "connecting" }, known: null, unsent: [] };
  #socket: LiveSocket | null = null;
  #greeted = false;
  #opened = false;
  #attempt = 0;
  #nextId = 1;
  #waiting: PendingRequest[] = [];
  readonly #inFlight = new Map<number, PendingRequest>();
  readonly #linesInFlight = new Map<number, string>();
  #retryTimer: ReturnType<typeof setTimeout> | undefined;
  #pingTimer: ReturnType<typeof setInterval> | undefined;
  #silenceTimer: ReturnType<typeof setTimeout> | undefined;

  constructor(options: LiveSessionOptions) {
    this.#options = options;
  }

  readonly getState = (): LiveState => this.#state;

  readonly subscribe = (listener: () => void): (() => void) => {
    this.#listeners.add(listener);
    return () => this.#listeners.delete(listener);
  };

  /** Told each event once, after it changed the state; also those caught up with after a drop. */
  readonly onEvent = (listener: (event: Event, known: LiveKnowledge) => void): (() => void) => {
    this.#eventListeners.add(listener);
    return () => this.#eventListeners.delete(listener);
  };

  open(): void {
    if (this.#socket !== null || this.#closed) return;
    this.#connect();
  }

  /** The network is back or the page is seen again: try now instead of waiting for the timer. */
  wake(): void {
    if (this.#retryTimer === undefined) return;
    clearTimeout(this.#retryTimer);
    this.#connect();
  }

  /** Sends a request now, or as soon as the socket is back; rejects after 30 seconds. */
  request(message: LiveRequest): Promise<void> {
    if (this.#closed)
      return Promise.reject(new LiveRequestError("closed", "The session is closed"));
    return new Promise((resolve, reject) => {
      const pending: PendingRequest = {
        message,
        resolve,
        reject,
        timer: setTimeout(() => this.#giveUp(pending), REQUEST_TIMEOUT_MS),
      };
      if (this.#greeted) this.#sendRequest(pending);
      else this.#waiting.push(pending);
    });
  }

  /** Writes a line. It shows as unsent, under the key that is returned, until the server's event brings it back. */
  say(text: string): string {
    const line = { key: this.#options.newKey(), text };
    this.#setUnsent([...this.#state.unsent, line]);
    this.#sendLine(line);
    return line.key;
  }

  /** Sends a line again that the server had refused. */
  retryLine(key: string): void {
    const line = this.#state.unsent.find((candidate) => candidate.key === key);
    if (line === undefined) return;
    const again = { key: line.key, text: line.text };
    this.#setUnsent(
      this.#state.unsent.map((candidate) => (candidate.key === key ? again : candidate)),
    );
    this.#sendLine(again);
  }

  discardLine(key: string): void {
    this.#setUnsent(this.#state.unsent.filter((line) => line.key !== key));
  }

  /** Says goodbye and closes; the state becomes closed with `left`. */
  leave(): void {
    if (this.#closed) return;
    if (this.#greeted) this.#send({ type: "leave" });
    this.#close("left");
  }

  get #closed(): boolean {
    return this.#state.connection.phase === "closed";
  }

  #connect(): void {
    this.#retryTimer = undefined;
    this.#opened = false;
    this.#greeted = false;
    const socket = this.#options.openSocket();
    this.#socket = socket;
    this.#watchSilence(OPEN_WITHIN_MS);
    socket.onopen = () => {
      this.#opened = true;
      this.#nextId = 1;
      this.#greet();
      this.#pingTimer = setInterval(() => this.#send({ type: "ping" }), PING_EVERY_MS);
    };
    socket.onmessage = ({ data }) => {
      this.#watchSilence(SILENCE_MS);
      if (typeof data === "string") this.#receive(data);
    };
    socket.onclose = ({ code }) => {
      const reason = (CLOSE_CODES as Readonly<Record<number, string>>)[code];
      if (reason !== undefined && FINAL.has(reason)) this.#close(reason as LeaveReason);
      else this.#lost();
    };
  }

  #greet(): void {
    const known = this.#state.known;
    this.#send(
      known === null
        ? { type: "hello", protocol: PROTOCOL }
        : {
            type: "hello",
            protocol: PROTOCOL,
            resume: { epoch: known.epoch, number: known.number },
          },
    );
  }

  #receive(data: string): void {
    const message = parse(data);
    switch (message?.type) {
      case undefined:
        return;
      case "welcome":
      case "resumed":
        this.#take(reduce(this.#state.known, message));
        this.#onGreeted();
        return;
      case "event": {
        const before = this.#state.known;
        const after = reduce(before, message);
        if (after === before || after === null) return;
        this.#take(after);
        for (const listener of this.#eventListeners) listener(message, after);
        this.#afterEvent(message, after);
        return;
      }
      case "done":
        this.#settle(message.id, (pending) => pending.resolve());
        this.#linesInFlight.delete(message.id);
        return;
      case "failed":
        this.#settle(message.id, (pending) =>
          pending.reject(new LiveRequestError(message.code, message.detail)),
        );
        this.#lineFailed(message.id, message.code);
        if (message.code === "unsupported_protocol") this.#close("outdated");
        return;
      case "closing":
        if (FINAL.has(message.reason)) this.#close(message.reason);
        return;
      default:
        message satisfies undefined;
    }
  }

  #take(known: LiveKnowledge | null): void {
    const unsent =
      known === null
        ? this.#state.unsent
        : this.#state.unsent.filter((line) => !known.chat.some((said) => said.key === line.key));
    this.#set({ known });
    if (unsent.length !== this.#state.unsent.length) this.#setUnsent(unsent);
  }

  #onGreeted(): void {
    this.#attempt = 0;
    this.#greeted = true;
    this.#restoreUnsent();
    this.#set({ connection: { phase: "connected" } });
    const waiting = this.#waiting;
    this.#waiting = [];
    for (const pending of waiting) this.#sendRequest(pending);
    this.#sendUnsent();
  }

  #afterEvent(event: Event, known: LiveKnowledge): void {
    if (event.kind === "admitted" || event.kind === "participant_arrived") {
      if (me(known)?.presence === "present") this.#sendUnsent();
    }
    if (event.kind === "session_ended") this.#setUnsent([]);
  }

  #sendRequest(pending: PendingRequest): void {
    const id = this.#send(pending.message);
    this.#inFlight.set(id, pending);
  }

  #sendUnsent(): void {
    for (const line of this.#state.unsent) {
      if (line.failed === undefined) this.#sendLine(line);
    }
  }

  #sendLine(line: UnsentLine): void {
    const known = this.#state.known;
    const admitted = known !== null && me(known)?.presence === "present";
    if (!this.#greeted || !admitted) return;
    if ([...this.#linesInFlight.values()].includes(line.key)) return;
    const id = this.#send({ type: "say", key: line.key, text: line.text });
    this.#linesInFlight.set(id, line.key);
  }

  #lineFailed(id: number, code: ErrorCode): void {
    const key = this.#linesInFlight.get(id);
    if (key === undefined) return;
    this.#linesInFlight.delete(id);
    if (code === "not_admitted") return;
    this.#setUnsent(
      this.#state.unsent.map((line) => (line.key === key ? { ...line, failed: code } : line)),
    );
  }

  /** Sends under the next number. */
  #send(message: ClientMessage): number {
    const id = this.#nextId++;
    this.#socket?.send(JSON.stringify({ id, ...message }));
    return id;
  }

  #settle(id: number, how: (pending: PendingRequest) => void): void {
    const pending = this.#inFlight.get(id);
    if (pending === undefined) return;
    this.#inFlight.delete(id);
    clearTimeout(pending.timer);
    how(pending);
  }

  #giveUp(pending: PendingRequest): void {
    this.#waiting = this.#waiting.filter((candidate) => candidate !== pending);
    for (const [id, candidate] of this.#inFlight) {
      if (candidate === pending) this.#inFlight.delete(id);
    }
    pending.reject(new LiveRequestError("timed_out", "The server did not answer in time"));
  }

  #lost(): void {
    this.#dropSocket();
    if (this.#closed) return;
    // Requests without an answer go out again: each of them may be carried out twice without harm.
    this.#waiting = [...this.#inFlight.values(), ...this.#waiting];
    this.#inFlight.clear();
    this.#linesInFlight.clear();
    this.#attempt += 1;
    if (this.#state.known !== null) {
      this.#set({ connection: { phase: "reconnecting", attempt: this.#attempt } });
    }
    if (this.#opened) this.#retryLater();
    else void this.#askWhy();
  }

  async #askWhy(): Promise<void> {
    const access = await this.#options.checkAccess().catch(() => "unreachable" as const);
    if (this.#closed || this.#socket !== null) return;
    if (access === "denied") this.#close("denied");
    else this.#retryLater();
  }

  #retryLater(): void {
    const ceiling = Math.min(LAST_RETRY_MS, FIRST_RETRY_MS * 2 ** (this.#attempt - 1));
    const delay = ceiling * (0.5 + this.#options.random() / 2);
    this.#retryTimer = setTimeout(() => this.#connect(), delay);
  }

  #watchSilence(limit: number): void {
    clearTimeout(this.#silenceTimer);
    this.#silenceTimer = setTimeout(() => {
      const socket = this.#socket;
      this.#lost();
      socket?.close();
    }, limit);
  }

  #dropSocket(): void {
    clearInterval(this.#pingTimer);
    clearTimeout(this.#silenceTimer);
    this.#greeted = false;
    if (this.#socket === null) return;
    this.#socket.onopen = null;
    this.#socket.onmessage = null;
    this.#socket.onclose = null;
    this.#socket = null;
  }

  #close(reason: ClosedReason): void {
    const socket = this.#socket;
    this.#dropSocket();
    socket?.close();
    clearTimeout(this.#retryTimer);
    this.#retryTimer = undefined;
    for (const pending of [...this.#inFlight.values(), ...this.#waiting]) {
      clearTimeout(pending.timer);
      pending.reject(new LiveRequestError("closed", "The session is closed"));
    }
    this.#inFlight.clear();
    this.#waiting = [];
    if (reason === "session_over") this.#setUnsent([]);
    this.#set({ connection: { phase: "closed", reason } });
  }

  #set(change: Partial<LiveState>): void {
    this.#state = { ...this.#state, ...change };
    for (const listener of this.#listeners) listener();
  }

  #setUnsent(unsent: readonly UnsentLine[]): void {
    this.#set({ unsent });
    const key = this.#storageKey();
    if (key === null) return;
    try {
      if (unsent.length === 0) this.#options.storage?.removeItem(key);
      else this.#options.storage?.setItem(key, JSON.stringify(unsent));
    } catch {
      // A full or forbidden storage costs only the safety across a reload.
    }
  }

  /** Brings back what an earlier life of this page had not sent. */
  #restoreUnsent(): void {
    const key = this.#storageKey();
    const known = this.#state.known;
    if (key === null || known === null) return;
    const stored = parseUnsent(this.#options.storage?.getItem(key) ?? null);
    const have = new Set([
      ...known.chat.map((line) => line.key),
      ...this.#state.unsent.map((line) => line.key),
    ]);
    const restored = stored.filter((line) => !have.has(line.key));
    this.#setUnsent([...restored, ...this.#state.unsent]);
  }

  #storageKey(): string | null {
    const you = this.#state.known?.you;
    return you === undefined ? null : `bega.unsent.${this.#options.sessionId}.${you}`;
  }
}

function parse(data: string): ServerMessage | undefined {
  try {
    return JSON.parse(data) as ServerMessage;
  } catch {
    return undefined;
  }
}

function parseUnsent(stored: string | null): readonly UnsentLine[] {
  if (stored === null) return [];
  try {
    const lines: unknown = JSON.parse(stored);
    return Array.isArray(lines) ? lines.filter(isUnsentLine) : [];
  } catch {
    return [];
  }
}

function isUnsentLine(line: unknown): line is UnsentLine {
  return (
    typeof line === "object" &&
    line !== null &&
    "key" in line &&
    typeof line.key === "string" &&
    "text" in line &&
    typeof line.text === "string"
  );
}
