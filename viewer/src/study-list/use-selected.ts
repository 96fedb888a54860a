/** The row of the selected study: from the list if it is held there, else asked for. */
import { useEffect, useState } from "react";
import { indexOf, type Listing, rowAt } from "./listing";
import { type Row, studyRow } from "./work-list-api";

export function useSelected(uid: string | undefined, listing: Listing | undefined): Row | undefined {
  const [asked, setAsked] = useState<Row>();
  const index = listing ? indexOf(listing, uid) : -1;
  const held = listing && index >= 0 ? rowAt(listing, index) : undefined;
  const needsAsking = uid !== undefined && listing !== undefined && held === undefined && asked?.uid !== uid;

  useEffect(() => {
    if (!needsAsking || uid === undefined) return;
    let isCurrent = true;
    studyRow(uid)
      .then((row) => isCurrent && setAsked(row))
      .catch(() => undefined); // a study that is gone is not selected
    return () => {
      isCurrent = false;
    };
  }, [needsAsking, uid]);

  return held ?? (asked?.uid === uid ? asked : undefined);
}
