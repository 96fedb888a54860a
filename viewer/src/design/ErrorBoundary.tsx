/** Catches what a page throws while drawing, so that no error leaves a blank page. */
import { Component, type ReactNode } from "react";
import { type Problem, problemOf } from "../http/problem";
import { ProblemNotice } from "./ProblemNotice";

interface State {
  problem: Problem | undefined;
}

export class ErrorBoundary extends Component<{ children: ReactNode }, State> {
  override state: State = { problem: undefined };

  static getDerivedStateFromError(thrown: unknown): State {
    return { problem: problemOf(thrown) };
  }

  override render(): ReactNode {
    const { problem } = this.state;
    if (!problem) return this.props.children;
    return (
      <div style={{ maxWidth: 620, margin: "10vh auto", padding: 20 }}>
        <ProblemNotice problem={problem} onRetry={() => this.setState({ problem: undefined })} />
      </div>
    );
  }
}
