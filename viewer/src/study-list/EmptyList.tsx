/** What to do when there is nothing to show. */
import { Logo } from "../design/Logo";
import { useWords } from "../language/words";
import { Link } from "../navigation/Link";
import { WORDS } from "./words";

export function EmptyList({ isNarrowed, onClear }: { isNarrowed: boolean; onClear: () => void }) {
  const say = useWords(WORDS);
  if (isNarrowed) {
    return (
      <div className="empty-list">
        <h1>{say("noMatch")}</h1>
        <p className="soft">{say("noMatchHelp")}</p>
        <button type="button" onClick={onClear}>
          {say("clearSearch")}
        </button>
      </div>
    );
  }
  return (
    <div className="empty-list">
      <Logo size_px={64} />
      <h1>{say("noStudies")}</h1>
      <p className="soft">{say("noStudiesHelp")}</p>
      <Link to="/reconstruct" className="button primary">
        {say("reconstructRaw")}
      </Link>
    </div>
  );
}
