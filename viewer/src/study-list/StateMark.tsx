/** Whether a study is read, by whom and since when, in a few letters with the whole of it to hover and to hear. */
import { useFormats } from "../language/formats";
import { useWords } from "../language/words";
import { WORDS } from "./words";
import type { Row } from "./work-list-api";

const SIGNS = { unread: "●", reading: "◐", read: "✓" } as const;

export function StateMark({ row }: { row: Row }) {
  const say = useWords(WORDS);
  const whole = useWholeState(row);
  return (
    <span className={`state-mark ${row.state}`} title={whole}>
      <span aria-hidden="true">{SIGNS[row.state]}</span>
      <span className="who-reads">{row.state === "reading" ? row.reader_name : say(row.state)}</span>
    </span>
  );
}

/** The state in a sentence. */
export function useWholeState(row: Row): string {
  const say = useWords(WORDS);
  const { moment, number } = useFormats();
  if (row.state === "unread") return say("unread");
  const by = say(row.state === "reading" ? "readingBy" : "readBy", {
    who: row.reader_name,
    at: moment(row.marked_at),
  });
  const nSince = row.n_instances - row.n_marked;
  return row.state === "read" && nSince > 0 ? `${by}. ${say("sinceRead", { count: number(nSince) })}` : by;
}
