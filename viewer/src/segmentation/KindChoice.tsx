/** What a segment is: from the list, or by a code of its own. */
import { useState } from "react";
import { useWords } from "../language/words";
import { code } from "../structured-report/codes";
import { CATEGORIES, furtherColour, KINDS, type SegmentKind } from "./segment-codes";
import { WORDS } from "./words";

const OTHER = "other";

export function KindChoice({ onKind }: { onKind: (kind: SegmentKind) => void }) {
  const say = useWords(WORDS);
  const [isOther, setOther] = useState(false);
  return (
    <div className="kind-choice">
      <select
        aria-label={say("kind")}
        value={isOther ? OTHER : ""}
        onChange={({ target }) => {
          const kind = KINDS[Number(target.value)];
          setOther(target.value === OTHER);
          if (target.value !== OTHER && kind) onKind(kind);
        }}
      >
        <option value="" disabled>
          {say("kind")}
        </option>
        {CATEGORIES.map((category) => {
          const kinds = KINDS.filter((kind) => kind.category === category);
          return (
            kinds.length > 0 && (
              <optgroup key={category.value} label={category.meaning}>
                {kinds.map((kind) => (
                  <option key={kind.type.value} value={KINDS.indexOf(kind)}>
                    {kind.type.meaning}
                  </option>
                ))}
              </optgroup>
            )
          );
        })}
        <option value={OTHER}>{say("otherKind")}</option>
      </select>
      {isOther && <OtherKind onKind={onKind} />}
    </div>
  );
}

function OtherKind({ onKind }: { onKind: (kind: SegmentKind) => void }) {
  const say = useWords(WORDS);
  return (
    <form
      onSubmit={(event) => {
        event.preventDefault();
        const given = new FormData(event.currentTarget);
        const field = (name: string) => String(given.get(name) ?? "").trim();
        const category = CATEGORIES[Number(field("category"))];
        if (!category) return;
        const type = code(field("value"), field("scheme"), field("meaning"));
        onKind({ category, type, rgb: furtherColour(type.value.length + type.meaning.length) });
      }}
    >
      <input
        type="text"
        name="value"
        required
        maxLength={64}
        aria-label={say("codeValue")}
        placeholder={say("codeValue")}
      />
      <input
        type="text"
        name="scheme"
        required
        maxLength={16}
        defaultValue="SCT"
        aria-label={say("codeScheme")}
        placeholder={say("codeScheme")}
      />
      <input
        type="text"
        name="meaning"
        required
        maxLength={64}
        aria-label={say("codeMeaning")}
        placeholder={say("codeMeaning")}
      />
      <select name="category" aria-label={say("category")}>
        {CATEGORIES.map((category, index) => (
          <option key={category.value} value={index}>
            {category.meaning}
          </option>
        ))}
      </select>
      <button type="submit">{say("apply")}</button>
    </form>
  );
}
