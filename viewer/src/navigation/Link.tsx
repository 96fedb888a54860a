/** A link to another page of the viewer, without loading it anew. */
import type { MouseEvent, ReactNode } from "react";
import { go } from "./history";

interface LinkProps {
  to: string;
  className?: string;
  current?: boolean;
  children: ReactNode;
}

export function Link({ to, className, current, children }: LinkProps) {
  const follow = (event: MouseEvent) => {
    if (event.button !== 0 || event.metaKey || event.ctrlKey || event.shiftKey) return;
    event.preventDefault();
    go(to);
  };
  return (
    <a href={to} className={className} aria-current={current ? "page" : undefined} onClick={follow}>
      {children}
    </a>
  );
}
