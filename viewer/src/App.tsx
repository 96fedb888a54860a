/** Chooses the page for the address. */
import { lazy, Suspense, useEffect, useState } from "react";
import { ErrorBoundary } from "./design/ErrorBoundary";
import { ProblemNotice } from "./design/ProblemNotice";
import { Shell } from "./design/Shell";
import { Waiting } from "./design/Waiting";
import { WORDS } from "./design/words";
import { endFirstLight, firstLight } from "./first-light/first-light";
import { useWords } from "./language/words";
import { go, usePath } from "./navigation/history";
import { type Route, routeOf, viewPath } from "./navigation/route";
import { hasWebGl } from "./server-view/webgl";
import { SessionGate } from "./session/SessionGate";
import { SettingsButton } from "./session/SettingsButton";
import { SharedPage } from "./session/SharedPage";
import { useSession } from "./session/session-context";
import { StudyListPage } from "./study-list/StudyListPage";
import { useOpened } from "./study-list/use-opened";
import { loadViewer } from "./viewport/open-early";

const ViewerPage = lazy(loadViewer);
const DocumentPage = lazy(() => import("./documents/DocumentPage"));
const ServerViewPage = lazy(() => import("./server-view/ServerViewPage"));
const ReconstructPage = lazy(() => import("./reconstruct/ReconstructPage"));
const DisplayCheckPage = lazy(() => import("./display-check/DisplayCheckPage"));

/** Under which of the places above the pages stand. */
const PLACES = {
  studies: "studies",
  view: "view",
  document: "view",
  "server-view": "view",
  reconstruct: "reconstruct",
  shared: "studies",
  "display-check": "studies",
  unknown: "studies",
} as const satisfies Record<Route["page"], string>;

export function App() {
  const say = useWords(WORDS);
  const route = routeOf(usePath());
  return (
    <ErrorBoundary>
      <Suspense fallback={<Waiting label={say("loading")} />}>
        {route.page === "shared" && <SharedPage />}
        {route.page === "display-check" && <DisplayCheckPage />}
        {route.page !== "shared" && route.page !== "display-check" && (
          <SessionGate>
            <Allowed route={route} />
          </SessionGate>
        )}
      </Suspense>
    </ErrorBoundary>
  );
}

/** Who has come by a link is shown that study, wherever the address leads. */
function Allowed({ route }: { route: Route }) {
  const say = useWords(WORDS);
  const { study } = useSession().user;
  const isElsewhere = study !== undefined && studyOf(route) !== study;
  useEffect(() => {
    if (isElsewhere && study !== undefined) go(viewPath(study), true);
  }, [isElsewhere, study]);
  if (isElsewhere) return <Waiting label={say("loading")} />;
  return (
    <Shell place={PLACES[route.page]} more={<SettingsButton />}>
      <ErrorBoundary key={route.page}>
        <Suspense fallback={<Waiting label={say("loading")} />}>
          <Page route={route} />
        </Suspense>
      </ErrorBoundary>
    </Shell>
  );
}

/** The page with the viewports, which keeps the browser busy while it starts: the first images come before it. */
function ReadingPage({ studyUid, seriesUid }: { studyUid: string; seriesUid: string | undefined }) {
  const say = useWords(WORDS);
  const [isLit, setLit] = useState(false);
  useEffect(() => {
    let isCurrent = true;
    void firstLight(location.pathname, location.search).then(() => isCurrent && setLit(true));
    return () => {
      isCurrent = false;
      endFirstLight();
    };
  }, []);
  if (!isLit) return <Waiting label={say("loading")} />;
  if (hasWebGl()) return <ViewerPage studyUid={studyUid} seriesUid={seriesUid} />;
  return <DrawnByServer studyUid={studyUid} seriesUid={seriesUid} />;
}

function DrawnByServer(of: { studyUid: string; seriesUid: string | undefined }) {
  useEffect(endFirstLight, []);
  return <ServerViewPage {...of} />;
}

/** The study that a page shows pictures or documents of. */
function studyOf(route: Route): string | undefined {
  return route.page === "view" || route.page === "document" || route.page === "server-view"
    ? route.studyUid
    : undefined;
}

function Page({ route }: { route: Route }) {
  const say = useWords(WORDS);
  useOpened(studyOf(route));
  switch (route.page) {
    case "studies":
      return <StudyListPage studyUid={route.studyUid} />;
    case "view":
      return <ReadingPage key={route.studyUid} studyUid={route.studyUid} seriesUid={route.seriesUid} />;
    case "document":
      return <DocumentPage studyUid={route.studyUid} seriesUid={route.seriesUid} instanceUid={route.instanceUid} />;
    case "server-view":
      return <ServerViewPage studyUid={route.studyUid} seriesUid={route.seriesUid} />;
    case "reconstruct":
      return <ReconstructPage />;
    default:
      return (
        <div style={{ maxWidth: 560, margin: "10vh auto", padding: 20 }}>
          <ProblemNotice problem={{ title: say("noPage"), status: 404, remedy: say("noPageHelp") }} />
        </div>
      );
  }
}
