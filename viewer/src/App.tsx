/** Chooses the page for the address. */
import { lazy, Suspense } from "react";
import { ErrorBoundary } from "./design/ErrorBoundary";
import { ProblemNotice } from "./design/ProblemNotice";
import { Shell } from "./design/Shell";
import { Waiting } from "./design/Waiting";
import { WORDS } from "./design/words";
import { useWords } from "./language/words";
import { usePath } from "./navigation/history";
import { type Route, routeOf } from "./navigation/route";
import { SessionGate } from "./session/SessionGate";
import { StudyListPage } from "./study-list/StudyListPage";
import { useOpened } from "./study-list/use-opened";

const ViewerPage = lazy(() => import("./viewport/ViewerPage"));
const ReconstructPage = lazy(() => import("./reconstruct/ReconstructPage"));

export function App() {
  const say = useWords(WORDS);
  const path = usePath();
  const route = routeOf(path);
  return (
    <ErrorBoundary>
      <SessionGate>
        <Shell place={route.page === "unknown" ? "studies" : route.page}>
          <ErrorBoundary key={route.page}>
            <Suspense fallback={<Waiting label={say("loading")} />}>
              <Page route={route} />
            </Suspense>
          </ErrorBoundary>
        </Shell>
      </SessionGate>
    </ErrorBoundary>
  );
}

function Page({ route }: { route: Route }) {
  const say = useWords(WORDS);
  useOpened(route.page === "view" ? route.studyUid : undefined);
  switch (route.page) {
    case "studies":
      return <StudyListPage studyUid={route.studyUid} />;
    case "view":
      return <ViewerPage studyUid={route.studyUid} seriesUid={route.seriesUid} />;
    case "reconstruct":
      return <ReconstructPage />;
    case "unknown":
      return (
        <div style={{ maxWidth: 560, margin: "10vh auto", padding: 20 }}>
          <ProblemNotice problem={{ title: say("noPage"), status: 404, remedy: say("noPageHelp") }} />
        </div>
      );
  }
}
