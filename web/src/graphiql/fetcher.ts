/** How GraphiQL reaches the service: requests over HTTP, subscriptions over `graphql-transport-ws`, both as whoever is logged in. */
import { createGraphiQLFetcher, type Fetcher } from '@graphiql/toolkit';
import { createClient } from 'graphql-ws';
import { GRAPHQL, SUBSCRIPTIONS } from '../api';
import { accessToken } from '../identity/session';

export function fetcher(): Fetcher {
  const wsClient = createClient({
    url: () => new URL(SUBSCRIPTIONS, location.href.replace(/^http/, 'ws')).href,
    connectionParams: async () => {
      const token = await accessToken();
      return token ? { authorization: `Bearer ${token}` } : {};
    },
  });
  return createGraphiQLFetcher({ url: GRAPHQL, wsClient, fetch: asWhoIsLoggedIn });
}

/** A header from GraphiQL's own editor wins. */
async function asWhoIsLoggedIn(input: RequestInfo | URL, init?: RequestInit): Promise<Response> {
  const headers = new Headers(init?.headers);
  const token = await accessToken();
  if (token && !headers.has('authorization')) headers.set('authorization', `Bearer ${token}`);
  return fetch(input, { ...init, headers });
}
