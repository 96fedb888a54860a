/** Chooses the page for the address. */
import { lazy, Suspense } from "react";
import { ErrorBoundary } from "./design/ErrorBoundary";
import { ProblemNotice } from "./design/ProblemNotice";
import { Shell } from "./design/Shell";
import { Waiting } from "./design/Waiting";
import { usePath } from "./navigation/history";
import { type Route, routeOf } from "./navigation/route";
import { hasWebGl } from "./server-view/webgl";
import { SessionGate } from "./session/SessionGate";
import { StudyListPage } from "./study-list/StudyListPage";

const ViewerPage = lazy(() => import("./viewport/ViewerPage"));
const DocumentPage = lazy(() => import("./documents/DocumentPage"));
const ServerViewPage = lazy(() => import("./server-view/ServerViewPage"));
const ReconstructPage = lazy(() => import("./reconstruct/ReconstructPage"));

/** Under which of the places above the pages stand. */
const PLACES = {
  studies: "studies",
  view: "view",
  document: "view",
  "server-view": "view",
  reconstruct: "reconstruct",
  unknown: "studies",
} as const satisfies Record<Route["page"], string>;

export function App() {
  const path = usePath();
  const route = routeOf(path);
  return (
    <ErrorBoundary>
      <SessionGate>
        <Shell place={PLACES[route.page]}>
          <ErrorBoundary key={route.page}>
            <Suspense fallback={<Waiting label="Loading" />}>
              <Page route={route} />
            </Suspense>
          </ErrorBoundary>
        </Shell>
      </SessionGate>
    </ErrorBoundary>
  );
}

function Page({ route }: { route: Route }) {
  switch (route.page) {
    case "studies":
      return <StudyListPage studyUid={route.studyUid} />;
    case "view":
      if (!hasWebGl()) return <ServerViewPage studyUid={route.studyUid} seriesUid={route.seriesUid} />;
      return <ViewerPage studyUid={route.studyUid} seriesUid={route.seriesUid} />;
    case "document":
      return <DocumentPage studyUid={route.studyUid} seriesUid={route.seriesUid} instanceUid={route.instanceUid} />;
    case "reconstruct":
      return <ReconstructPage />;
    case "server-view":
      return <ServerViewPage studyUid={route.studyUid} seriesUid={route.seriesUid} />;
    case "unknown":
      return (
        <div style={{ maxWidth: 560, margin: "10vh auto", padding: 20 }}>
          <ProblemNotice
            problem={{ title: "There is no such page", status: 404, remedy: "Go to Studies or Reconstruct above." }}
          />
        </div>
      );
  }
}
