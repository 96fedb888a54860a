/** Lets the others see that a study is being read, from the moment its viewer opens. */
import { useEffect } from "react";
import { problemOf } from "../http/problem";
import { useSession } from "../session/session-context";
import { mark } from "./work-list-api";

export function useOpened(studyUid: string | undefined): void {
  const { user } = useSession();
  const canMark = user.permissions.includes("studies:mark");
  useEffect(() => {
    if (!studyUid || !canMark) return;
    // Reading goes on without the mark; why there is none is said to who looks for it.
    mark(studyUid, "reading").catch((thrown) =>
      console.warn("The study could not be marked:", problemOf(thrown).title),
    );
  }, [studyUid, canMark]);
}
