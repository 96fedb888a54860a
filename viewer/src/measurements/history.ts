/** Steps that can be undone and done again. */
export class History<State> {
  private readonly before: State[] = [];
  private after: State[] = [];

  constructor(private state: State) {}

  get current(): State {
    return this.state;
  }

  get canUndo(): boolean {
    return this.before.length > 0;
  }

  get canRedo(): boolean {
    return this.after.length > 0;
  }

  /** Take a step that can be undone. */
  push(state: State): void {
    this.before.push(this.state);
    this.after = [];
    this.state = state;
  }

  /** Put another state in the place of this one: it belongs to the last step. */
  amend(state: State): void {
    this.state = state;
  }

  undo(): void {
    const state = this.before.pop();
    if (state === undefined) return;
    this.after.push(this.state);
    this.state = state;
  }

  redo(): void {
    const state = this.after.pop();
    if (state === undefined) return;
    this.before.push(this.state);
    this.state = state;
  }
}
