import { Component, lazy, Suspense, type ComponentType, type ReactNode } from "react";
import { useText } from "../text/text.tsx";

/** A part of the page that is fetched when it is first wanted. */
export function lazyPart<Props extends object>(
  load: () => Promise<ComponentType<Props>>,
): ComponentType<Props> {
  const Part = lazy(async () => ({ default: await load() }));
  return function LazyPart(props: Props) {
    return (
      <Fallback>
        <Suspense>
          <Part {...props} />
        </Suspense>
      </Fallback>
    );
  };
}

/** Since this page came, the server may have been renewed: it has other parts now. */
class Fallback extends Component<{ children: ReactNode }, { hasFailed: boolean }> {
  override state = { hasFailed: false };
  static getDerivedStateFromError(error: unknown): { hasFailed: boolean } {
    if (!isMissingPart(error)) throw error;
    return { hasFailed: true };
  }
  override render(): ReactNode {
    return this.state.hasFailed ? <Missing /> : this.props.children;
  }
}

function isMissingPart(error: unknown): boolean {
  return error instanceof Error && /import|module|preload/i.test(error.message);
}

function Missing() {
  const { t } = useText();
  return (
    <div className="no-match" role="alert">
      <p>{t.ui.partMissing}</p>
      <button type="button" className="button" onClick={() => location.reload()}>
        {t.ui.reload}
      </button>
    </div>
  );
}
