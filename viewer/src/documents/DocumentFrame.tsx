/** One object as the server writes it, in a frame that runs no scripts; its links lead on within these pages. */
import { type ReactNode, useEffect, useRef, useState, useSyncExternalStore } from "react";
import { ProblemNotice } from "../design/ProblemNotice";
import { currentTheme } from "../design/theme";
import { Waiting } from "../design/Waiting";
import { type Problem, problemOf } from "../http/problem";
import { send } from "../http/request";
import { currentLanguage, onLanguage } from "../language/language";
import { useWords } from "../language/words";
import { go } from "../navigation/history";
import { routeOf, viewPath } from "../navigation/route";
import { type DocumentLook, documentAddress } from "./document-address";
import "./documents.css";
import { WORDS } from "./words";

interface DocumentFrameProps {
  studyUid: string;
  seriesUid: string;
  instanceUid: string;
  /** What stands before the buttons. */
  children?: ReactNode;
}

type State = "asked" | "there" | Problem;

export function DocumentFrame({ studyUid, seriesUid, instanceUid, children }: DocumentFrameProps) {
  const say = useWords(WORDS);
  const language = useSyncExternalStore(onLanguage, currentLanguage);
  const [form, setForm] = useState<DocumentLook["form"]>("readable");
  const [state, setState] = useState<State>("asked");
  const frame = useRef<HTMLIFrameElement>(null);
  const address = documentAddress(studyUid, seriesUid, instanceUid, { language, theme: currentTheme(), form });

  // A frame does not tell what went wrong: the page is asked for first, the frame then has it from the cache.
  useEffect(() => {
    const stopped = new AbortController();
    setState("asked");
    send(address, { signal: stopped.signal })
      .then(() => setState("there"))
      .catch((thrown) => stopped.signal.aborted || setState(problemOf(thrown)));
    return () => stopped.abort();
  }, [address]);

  return (
    <div className="document">
      <div className="document-bar">
        {children}
        <button type="button" aria-pressed={form === "readable"} onClick={() => setForm("readable")}>
          {say("readable")}
        </button>
        <button type="button" aria-pressed={form === "attributes"} onClick={() => setForm("attributes")}>
          {say("attributes")}
        </button>
        <span className="document-space" />
        <button type="button" className="quiet" onClick={() => frame.current?.contentWindow?.print()}>
          {say("print")}
        </button>
        <a href={address} target="_blank" rel="noreferrer">
          {say("apart")}
        </a>
      </div>
      {state === "asked" && <Waiting label={say("waiting")} />}
      {state === "there" && (
        <iframe
          ref={frame}
          key={address}
          src={address}
          title={say("document")}
          onLoad={(event) => joinPage(event.currentTarget)}
        />
      )}
      {typeof state === "object" && <ProblemNotice problem={state} />}
    </div>
  );
}

/** Pages of these rooms that a document may link to. */
const OWN_PAGES = /^\/(view|document)\//;

function isReading(): boolean {
  return routeOf(location.pathname).page === "view";
}

/** Return where another document opens on the reading page: beside this one. */
function besideThis(path: string): string {
  const route = routeOf(path);
  if (route.page !== "document") return path;
  return `${viewPath(route.studyUid, route.seriesUid)}?instance=${route.instanceUid}`;
}

/** Keys that scroll a document or move in it. */
const OWN_KEYS = /^(Arrow|Page|Home|End|Tab| |Enter)/;

/** What is done in the frame counts on the page around it: links, presses, keys. */
function joinPage(frame: HTMLIFrameElement): void {
  const inside = frame.contentDocument;
  inside?.addEventListener("click", (event) => {
    if (event.button !== 0 || event.metaKey || event.ctrlKey || event.shiftKey) return;
    const link = (event.target as Element).closest?.("a");
    const path = link?.getAttribute("href");
    if (!path || !OWN_PAGES.test(path)) return;
    event.preventDefault();
    go(isReading() ? besideThis(path) : path);
  });
  inside?.addEventListener("pointerdown", () =>
    frame.dispatchEvent(new PointerEvent("pointerdown", { bubbles: true })),
  );
  inside?.addEventListener("keydown", (event) => {
    if (OWN_KEYS.test(event.key)) return;
    const { key, shiftKey, ctrlKey, metaKey, altKey } = event;
    const told = new KeyboardEvent("keydown", {
      key,
      shiftKey,
      ctrlKey,
      metaKey,
      altKey,
      bubbles: true,
      cancelable: true,
    });
    if (!frame.dispatchEvent(told)) event.preventDefault();
  });
}
