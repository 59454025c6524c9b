import type { ComponentType } from 'preact';
import { useEffect, useErrorBoundary, useState } from 'preact/hooks';
import { Dialog } from './parts/dialog.tsx';
import { DropAnywhere } from './parts/drop-anywhere.tsx';
import { Failure } from './parts/failure.tsx';
import { Loading } from './parts/loading.tsx';
import { PaletteAnywhere } from './parts/palette-anywhere.tsx';
import { Rail } from './parts/rail.tsx';
import { useSearchAnywhere } from './parts/search-anywhere.ts';
import { ToastList } from './parts/toast-list.tsx';
import { type Route, routes } from './routes.ts';
import { Enter, EnterForm } from './screens/enter/enter.tsx';
import { begin, hasLibrary, hasTrash, visit } from './state/bed.ts';
import { place } from './state/location.ts';
import { isOnline } from './state/online.ts';
import { useStore } from './state/store.ts';
import { useTexts } from './texts/texts.ts';

/** The page. */
export function App() {
  const t = useTexts();
  const now = useStore(visit);
  if (now.state === 'loading') return <Loading />;
  if (now.state === 'failed') return <Failure error={now.error} onRetry={begin} />;
  return (
    <>
      {now.state === 'out' ? <Enter health={now.health} /> : <Inside isAdmin={now.me.role === 'admin'} />}
      {now.state === 'expired' && (
        <Dialog title={t.enter.expired}>
          <p class="soft">{t.enter.expiredHint}</p>
          <EnterForm health={now.health} />
        </Dialog>
      )}
      <ToastList />
    </>
  );
}

const isShown =
  (isAdmin: boolean) =>
  ({ forAdmins = false, needs }: Route): boolean =>
    (isAdmin || !forAdmins) && (needs !== 'library' || hasLibrary()) && (needs !== 'trash' || hasTrash());

/** What somebody sees who is signed in. */
function Inside({ isAdmin }: { readonly isAdmin: boolean }) {
  const t = useTexts();
  const [first] = useStore(place);
  const online = useStore(isOnline);
  useSearchAnywhere();
  const shown = routes.filter(isShown(isAdmin));
  const route = shown.find(({ path }) => path === first) ?? shown[0];
  useEffect(() => {
    if (route !== undefined) document.title = t.title(route.name(t));
  }, [route, t]);
  if (route === undefined) return null;
  return (
    <DropAnywhere>
      <a class="skip" href={location.hash} onClick={() => document.querySelector('main')?.focus()}>
        {t.nav.skip}
      </a>
      <div class="app">
        <Rail routes={shown} current={route.path} />
        <main tabIndex={-1}>
          {!online && (
            <p class="banner" role="status">
              {t.offline}
            </p>
          )}
          <Screen key={route.path} route={route} />
        </main>
      </div>
      <PaletteAnywhere routes={shown} />
    </DropAnywhere>
  );
}

/** So often the code of a screen is asked for again by itself, after so long at first. */
const MAX_TRIES = 5;
const FIRST_PAUSE_MS = 500;

/** A screen, as soon as its code is there. */
function Screen({ route }: { readonly route: Route }) {
  const [Loaded, setLoaded] = useState<ComponentType>();
  const [failure, setFailure] = useState<unknown>();
  const [broken, mend] = useErrorBoundary();
  const [tries, setTries] = useState(0);
  const load = (): void => {
    route.load().then(
      (screen) => {
        setFailure(undefined);
        setLoaded(() => screen);
      },
      (error: unknown) => {
        setFailure(error);
        setTries((count) => count + 1);
      },
    );
  };
  useEffect(load, []);
  const online = useStore(isOnline);
  useEffect(() => {
    if (!online || failure === undefined || tries > MAX_TRIES) return undefined;
    // A network that is back may not carry anything at once.
    const timer = setTimeout(load, FIRST_PAUSE_MS * 2 ** (tries - 1));
    return () => clearTimeout(timer);
  }, [online, tries]);
  if (failure !== undefined || broken !== undefined) {
    return (
      <Failure
        error={failure ?? broken}
        onRetry={() => {
          mend();
          setFailure(undefined);
          load();
        }}
      />
    );
  }
  return Loaded === undefined ? <Loading /> : <Loaded />;
}
