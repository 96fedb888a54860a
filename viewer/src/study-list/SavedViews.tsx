/** Searches under a name: one's own and those of the site, kept by the server. */
import { type FormEvent, useCallback, useEffect, useState } from "react";
import { Dialog } from "../design/Dialog";
import { ProblemNotice } from "../design/ProblemNotice";
import { type Problem, problemOf } from "../http/problem";
import { useWords } from "../language/words";
import { useSession } from "../session/session-context";
import { NO_SEARCH, type Search, searchOfView, viewOf } from "./search";
import { WORDS } from "./words";
import { deleteView, type SavedView, savedViews, saveView } from "./work-list-api";

interface SavedViewsProps {
  search: Search;
  onChoose: (search: Search) => void;
}

export function SavedViews({ search, onChoose }: SavedViewsProps) {
  const say = useWords(WORDS);
  const { user } = useSession();
  const [views, setViews] = useState<readonly SavedView[]>([]);
  const [isNaming, setNaming] = useState(false);
  const [problem, setProblem] = useState<Problem>();
  const isAdministrator = user.permissions.includes("accounts:manage");

  const load = useCallback(() => {
    savedViews()
      .then(setViews)
      .catch((thrown) => setProblem(problemOf(thrown)));
  }, []);
  useEffect(load, [load]);

  const now = JSON.stringify(search);
  const chosen = views.find((view) => JSON.stringify(searchOfView(view.search)) === now);
  const isOwn = chosen && (!chosen.is_site || isAdministrator);
  const remove = (number: number) => {
    deleteView(number)
      .then(load)
      .catch((thrown) => setProblem(problemOf(thrown)));
  };
  return (
    <div className="saved-views">
      {views.length > 0 && (
        <select
          aria-label={say("views")}
          value={chosen?.number ?? ""}
          onChange={(event) => {
            const view = views.find(({ number }) => String(number) === event.target.value);
            onChoose(view ? searchOfView(view.search) : NO_SEARCH);
          }}
        >
          <option value="">{say("views")}</option>
          {views.map((view) => (
            <option key={view.number} value={view.number}>
              {view.is_site ? say("siteView", { name: view.name }) : view.name}
            </option>
          ))}
        </select>
      )}
      {chosen && isOwn && (
        <button
          type="button"
          className="quiet"
          aria-label={say("deleteView", { name: chosen.name })}
          title={say("deleteView", { name: chosen.name })}
          onClick={() => remove(chosen.number)}
        >
          ×
        </button>
      )}
      <button type="button" onClick={() => setNaming(true)}>
        {say("saveView")}
      </button>
      {(isNaming || problem) && (
        <Dialog
          title={say("saveView")}
          onClose={() => {
            setNaming(false);
            setProblem(undefined);
          }}
        >
          <NameForm
            canShare={isAdministrator}
            problem={problem}
            onSave={(name, isSite) => {
              saveView(name, isSite, viewOf(search, new Date()))
                .then(() => {
                  setNaming(false);
                  setProblem(undefined);
                  load();
                })
                .catch((thrown) => setProblem(problemOf(thrown)));
            }}
          />
        </Dialog>
      )}
    </div>
  );
}

interface NameFormProps {
  canShare: boolean;
  problem: Problem | undefined;
  onSave: (name: string, isSite: boolean) => void;
}

function NameForm({ canShare, problem, onSave }: NameFormProps) {
  const say = useWords(WORDS);
  const submit = (event: FormEvent<HTMLFormElement>) => {
    event.preventDefault();
    const form = new FormData(event.currentTarget);
    onSave(String(form.get("name")), form.get("site") === "on");
  };
  return (
    <form onSubmit={submit} autoComplete="off">
      {problem && <ProblemNotice problem={problem} />}
      <label className="field">
        <span>{say("viewName")}</span>
        <input name="name" required maxLength={64} />
      </label>
      {canShare && (
        <label className="check">
          <input type="checkbox" name="site" /> {say("forSite")}
        </label>
      )}
      <div className="actions">
        <button type="submit" className="primary">
          {say("save")}
        </button>
      </div>
    </form>
  );
}
