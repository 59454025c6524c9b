import './styles/page.css';
import { render } from 'preact';
import { App } from './app.tsx';
import { begin } from './state/bed.ts';
import { settings } from './state/settings.ts';
import { installWorker } from './state/worker.ts';

/** What of the settings the document itself shows. */
function showSettings(): void {
  const { language, theme } = settings.value;
  document.documentElement.lang = language === 'zh' ? 'zh-CN' : 'en';
  document.documentElement.dataset['theme'] = theme;
}

settings.subscribe(showSettings);
showSettings();
const root = document.getElementById('page');
if (root !== null) render(<App />, root);
void begin();
installWorker();
