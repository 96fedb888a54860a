/** Make and revoke links that open one study without an account. */
import { type FormEvent, useCallback, useEffect, useState } from "react";
import { Dialog } from "../design/Dialog";
import { ProblemNotice } from "../design/ProblemNotice";
import { type Problem, problemOf } from "../http/problem";
import { useFormats } from "../language/formats";
import { useWords } from "../language/words";
import { linksTo, makeLink, revokeLink, type ShareLink } from "./session-api";
import { sharedAddress } from "./shared-address";
import { WORDS } from "./words";

const SPANS = [
  [24, "day"],
  [24 * 7, "week"],
  [24 * 30, "month"],
] as const;

export function ShareDialog({ studyUid, onClose }: { studyUid: string; onClose: () => void }) {
  const say = useWords(WORDS);
  const { moment, number } = useFormats();
  const [links, setLinks] = useState<readonly ShareLink[]>();
  const [address, setAddress] = useState("");
  const [isCopied, setCopied] = useState(false);
  const [problem, setProblem] = useState<Problem>();
  const fail = useCallback((thrown: unknown) => setProblem(problemOf(thrown)), []);
  const load = useCallback(() => {
    linksTo(studyUid).then(setLinks).catch(fail);
  }, [studyUid, fail]);
  useEffect(load, [load]);

  const submit = (event: FormEvent<HTMLFormElement>) => {
    event.preventDefault();
    const form = new FormData(event.currentTarget);
    setProblem(undefined);
    setCopied(false);
    makeLink(studyUid, Number(form.get("hours")), String(form.get("password") ?? ""))
      .then(({ token = "" }) => {
        setAddress(sharedAddress(location.origin, token));
        load();
      })
      .catch(fail);
  };
  const copy = () => {
    navigator.clipboard
      .writeText(address)
      .then(() => setCopied(true))
      .catch(fail);
  };
  return (
    <Dialog title={say("share")} onClose={onClose}>
      <div className="stack">
        <p className="soft">{say("shareHelp")}</p>
        {problem && <ProblemNotice problem={problem} />}
        <form onSubmit={submit} autoComplete="off">
          <label className="field">
            <span>{say("opensFor")}</span>
            <select name="hours" defaultValue={24}>
              {SPANS.map(([hours, word]) => (
                <option key={hours} value={hours}>
                  {say(word)}
                </option>
              ))}
            </select>
          </label>
          <label className="field">
            <span>{say("linkPassword")}</span>
            <input name="password" type="text" autoComplete="off" spellCheck={false} minLength={10} />
            <small>{say("linkPasswordHelp")}</small>
          </label>
          <div className="actions">
            <button type="submit" className="primary">
              {say("makeLink")}
            </button>
          </div>
        </form>
        {address && (
          <div className="made-link">
            <label className="field">
              <span>{say("link")}</span>
              <input readOnly value={address} onFocus={(event) => event.target.select()} />
            </label>
            <button type="button" onClick={copy}>
              {say(isCopied ? "copied" : "copy")}
            </button>
          </div>
        )}
        <h2>{say("links")}</h2>
        {links?.length === 0 && <p className="soft">{say("noLinks")}</p>}
        <ul className="share-links">
          {links?.map((link) => (
            <li key={link.number}>
              <span>
                {say("linkUntil", {
                  who: link.maker,
                  at: moment(link.expires_at),
                  count: number(link.n_opened),
                })}
                {link.has_password && `, ${say("withPassword")}`}
              </span>
              <button type="button" onClick={() => revokeLink(link.number).then(load).catch(fail)}>
                {say("revoke")}
              </button>
            </li>
          ))}
        </ul>
      </div>
    </Dialog>
  );
}
