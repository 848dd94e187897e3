/** The one door to the service's GraphQL API. */
import type { Text } from './language';

export const GRAPHQL = '/graphql';
export const SUBSCRIPTIONS = '/subscriptions';

interface Answer<T> {
  data?: T | null;
  errors?: { message: string; extensions?: { code?: string; messageZh?: string } }[];
}

/** What the service refused, with its code and a message in both languages. */
export class Refused extends Error {
  constructor(
    readonly code: string,
    readonly text: Text,
  ) {
    super(text.en);
  }
}

const UNREACHABLE = new Refused('UNREACHABLE', {
  en: 'The service does not answer.',
  zh: '服务没有响应。',
});

/** Asks, and answers with the data or throws what was refused. */
export async function ask<T>(query: string, variables: object, token?: string): Promise<T> {
  const headers: Record<string, string> = { 'content-type': 'application/json' };
  if (token) headers.authorization = `Bearer ${token}`;
  const answer = await post<T>(headers, JSON.stringify({ query, variables }));
  const error = answer.errors?.[0];
  if (error) {
    const { code = 'UNKNOWN', messageZh = error.message } = error.extensions ?? {};
    throw new Refused(code, { en: error.message, zh: messageZh });
  }
  if (!answer.data) throw UNREACHABLE;
  return answer.data;
}

async function post<T>(headers: Record<string, string>, body: string): Promise<Answer<T>> {
  try {
    const response = await fetch(GRAPHQL, { method: 'POST', headers, body });
    return (await response.json()) as Answer<T>;
  } catch {
    throw UNREACHABLE;
  }
}
