/** Logging in and out, in one line. */
import { type FormEvent, useState } from 'react';
import { Refused } from '../api';
import { type Text, useLanguage } from '../language';
import { logIn, logOut, useSession } from './session';

const TEXTS = {
  code: { en: 'One-time code, if any', zh: '动态口令（如有）' },
  failed: { en: 'Something went wrong.', zh: '出错了。' },
  logIn: { en: 'Log in', zh: '登录' },
  logOut: { en: 'Log out', zh: '退出' },
  name: { en: 'Login name', zh: '登录名' },
  password: { en: 'Password', zh: '密码' },
} satisfies Record<string, Text>;

export function LoginForm() {
  const session = useSession();
  const language = useLanguage();
  if (!session) return <Form />;
  return (
    <div className="login">
      <span className="who" data-testid="who">
        {session.loginName} · {session.role}
      </span>
      <button type="button" onClick={() => void logOut()}>
        {TEXTS.logOut[language]}
      </button>
    </div>
  );
}

function Form() {
  const language = useLanguage();
  const [busy, setBusy] = useState(false);
  const [fault, setFault] = useState<Text | null>(null);

  async function submit(event: FormEvent<HTMLFormElement>) {
    event.preventDefault();
    const entered = new FormData(event.currentTarget);
    const field = (name: string) => String(entered.get(name) ?? '');
    setBusy(true);
    setFault(null);
    try {
      await logIn(field('name').trim(), field('password'), field('code').trim());
    } catch (error) {
      setFault(error instanceof Refused ? error.text : TEXTS.failed);
      setBusy(false);
    }
  }

  const field = (name: 'name' | 'password' | 'code', autoComplete: string, type = 'text') => (
    <input
      aria-label={TEXTS[name][language]}
      autoComplete={autoComplete}
      disabled={busy}
      name={name}
      placeholder={TEXTS[name][language]}
      required={name !== 'code'}
      type={type}
    />
  );

  return (
    <form className="login" onSubmit={(event) => void submit(event)}>
      {field('name', 'username')}
      {field('password', 'current-password', 'password')}
      {field('code', 'one-time-code')}
      <button type="submit" disabled={busy}>
        {TEXTS.logIn[language]}
      </button>
      {fault && <output role="alert">{fault[language]}</output>}
    </form>
  );
}
