/**
 * Who is logged in. The tokens live in this page's memory and nowhere else: closing the page forgets them.
 * A refresh token is good once, so that at most one refresh is under way.
 */
import { useSyncExternalStore } from 'react';
import { ask, Refused } from '../api';

interface Tokens {
  accessToken: string;
  refreshToken: string;
  expiresInSeconds: number;
}

/** Somebody who logged in. */
export interface Session {
  loginName: string;
  role: string;
}

/** How long before its end an access token is exchanged. */
const MARGIN_MS = 60_000;
/** These refusals of a refresh mean that the login is over; anything else may be tried again. */
const OVER = ['TOKEN_EXPIRED', 'TOKEN_INVALID'];

const FIELDS = '{ accessToken refreshToken expiresInSeconds }';
const LOG_IN = `mutation($name: String!, $password: String!, $code: String) {
  logIn(loginName: $name, password: $password, code: $code) ${FIELDS}
}`;
const REFRESH = `mutation($token: String!) { refresh(refreshToken: $token) ${FIELDS} }`;
const LOG_OUT = 'mutation { logOut }';
const ME = '{ me { role } }';

const listeners = new Set<() => void>();
let session: Session | null = null;
let tokens: (Tokens & { until: number }) | null = null;
let refreshing: Promise<void> | null = null;
let timer: ReturnType<typeof setTimeout> | undefined;

export async function logIn(loginName: string, password: string, code: string): Promise<void> {
  const answer = await ask<{ logIn: Tokens }>(LOG_IN, { name: loginName, password, code: code || null });
  const { me } = await ask<{ me: { role: string } }>(ME, {}, answer.logIn.accessToken);
  keep(answer.logIn);
  become({ loginName, role: me.role });
}

/** Ends the login here in any case, and at the service if it can be reached. */
export async function logOut(): Promise<void> {
  const token = await accessToken();
  forget();
  if (token) await ask(LOG_OUT, {}, token).catch(() => undefined);
}

/** A token that is good now, or none. */
export async function accessToken(): Promise<string | undefined> {
  if (tokens && Date.now() > tokens.until - MARGIN_MS) await refresh();
  return tokens?.accessToken;
}

/** Who is logged in; the component is drawn again when that changes. */
export function useSession(): Session | null {
  return useSyncExternalStore(listen, () => session);
}

function refresh(): Promise<void> {
  refreshing ??= exchange().finally(() => {
    refreshing = null;
  });
  return refreshing;
}

async function exchange(): Promise<void> {
  if (!tokens) return;
  try {
    keep((await ask<{ refresh: Tokens }>(REFRESH, { token: tokens.refreshToken })).refresh);
  } catch (error) {
    if (error instanceof Refused && OVER.includes(error.code)) forget();
  }
}

function keep(fresh: Tokens): void {
  const life = fresh.expiresInSeconds * 1000;
  tokens = { ...fresh, until: Date.now() + life };
  clearTimeout(timer);
  timer = setTimeout(() => void refresh(), Math.max(life - MARGIN_MS, MARGIN_MS));
}

function forget(): void {
  clearTimeout(timer);
  tokens = null;
  become(null);
}

function become(somebody: Session | null): void {
  session = somebody;
  listeners.forEach((listener) => listener());
}

function listen(listener: () => void): () => void {
  listeners.add(listener);
  return () => listeners.delete(listener);
}
