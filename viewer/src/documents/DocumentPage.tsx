/** A report, waveform or other object without pictures, as the server writes it, in a frame that runs no scripts. */
import { useEffect, useRef, useState, useSyncExternalStore } from "react";
import { ProblemNotice } from "../design/ProblemNotice";
import { currentTheme } from "../design/theme";
import { Waiting } from "../design/Waiting";
import { type Problem, problemOf } from "../http/problem";
import { send } from "../http/request";
import { currentLanguage, onLanguage } from "../language/language";
import { useWords } from "../language/words";
import { Link } from "../navigation/Link";
import { viewPath } from "../navigation/route";
import { type DocumentLook, documentAddress } from "./document-address";
import "./documents.css";
import { WORDS } from "./words";

interface DocumentPageProps {
  studyUid: string;
  seriesUid: string;
  instanceUid: string;
}

type State = "asked" | "there" | Problem;

export default function DocumentPage({ studyUid, seriesUid, instanceUid }: DocumentPageProps) {
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
    <section className="document-page" aria-label={say("document")}>
      <div className="document-bar">
        <Link to={viewPath(studyUid)}>{say("back")}</Link>
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
      {state === "there" && <iframe ref={frame} key={address} src={address} title={say("document")} />}
      {typeof state === "object" && <ProblemNotice problem={state} />}
    </section>
  );
}
