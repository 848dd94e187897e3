/** GraphiQL with a login above it. */
import { GraphiQL } from 'graphiql';
import { useMemo } from 'react';
import { LoginForm } from '../identity/LoginForm';
import { useSession } from '../identity/session';
import { choose, useLanguage } from '../language';
import { fetcher } from './fetcher';
import { FIRST_TABS } from './queries';

const OTHER = { en: { language: 'zh', label: '中文' }, zh: { language: 'en', label: 'English' } } as const;

export function Page() {
  const session = useSession();
  const other = OTHER[useLanguage()];
  // A new fetcher makes GraphiQL ask for the schema again: who is logged in may see it.
  const reached = useMemo(fetcher, [session]);
  return (
    <>
      <header>
        <h1>
          集采 Jicai <small>GraphiQL</small>
        </h1>
        <LoginForm />
        <button type="button" className="language" onClick={() => choose(other.language)}>
          {other.label}
        </button>
      </header>
      <main>
        <GraphiQL fetcher={reached} defaultTabs={FIRST_TABS} />
      </main>
    </>
  );
}
