/** A page with one report, waveform or other object without pictures. */
import { useWords } from "../language/words";
import { Link } from "../navigation/Link";
import { viewPath } from "../navigation/route";
import { DocumentFrame } from "./DocumentFrame";
import { WORDS } from "./words";

interface DocumentPageProps {
  studyUid: string;
  seriesUid: string;
  instanceUid: string;
}

export default function DocumentPage(props: DocumentPageProps) {
  const say = useWords(WORDS);
  return (
    <section className="document-page" aria-label={say("document")}>
      <DocumentFrame {...props}>
        <Link to={viewPath(props.studyUid)}>{say("back")}</Link>
      </DocumentFrame>
    </section>
  );
}
