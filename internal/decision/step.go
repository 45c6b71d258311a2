package decision

import "time"

// Step returns the state after in and what must now be true of the world. p is the policy that the state's (or
// Opened's) flow digest names; nil means that this version is not known yet, and the verification is parked.
func Step(p *Policy, s State, in Input) (State, []Effect) { return s, nil }

// NextWake returns when a Tick would do something.
func (s State) NextWake() (time.Time, bool) { return time.Time{}, false }

// View returns the verification as everybody may see it.
func (s State) View() View { return View{} }
