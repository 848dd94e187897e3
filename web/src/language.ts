/** The language of our own texts: the browser's at first, then the one that was chosen. */
import { useSyncExternalStore } from 'react';

export type Language = 'en' | 'zh';
/** A text in both languages. */
export type Text = Record<Language, string>;

const KEPT = 'jicai:language';
const listeners = new Set<() => void>();

let current: Language = chosen();

function chosen(): Language {
  const kept = localStorage.getItem(KEPT);
  if (kept === 'en' || kept === 'zh') return kept;
  return navigator.language.toLowerCase().startsWith('zh') ? 'zh' : 'en';
}

export function choose(language: Language): void {
  current = language;
  localStorage.setItem(KEPT, language);
  document.documentElement.lang = language;
  listeners.forEach((listener) => listener());
}

/** The language now; the component is drawn again when it changes. */
export function useLanguage(): Language {
  return useSyncExternalStore(listen, () => current);
}

function listen(listener: () => void): () => void {
  listeners.add(listener);
  return () => listeners.delete(listener);
}
