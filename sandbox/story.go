package sandbox

import "strings"

// Outcome is how a story ends.
type Outcome string

// The outcomes. What each means at a vendor is in that vendor's README.
const (
	Approve   Outcome = "approve"   // everything valid
	Reject    Outcome = "reject"    // final rejection: forged document
	Retry     Outcome = "retry"     // refused once for a blurred document, then approved
	Flag      Outcome = "flag"      // valid with flagged components
	Unknown   Outcome = "unknown"   // the vendor cannot tell
	Sanctions Outcome = "sanctions" // AML hit
	Reversal  Outcome = "reversal"  // approved, revoked a moment later
)

// Story is what happens to one person or business.
//
// The outcome and the troubles are independent: a rejection can be slow, and its
// webhook lost.
type Story struct {
	Outcome  Outcome
	Mistyped bool // what is claimed is refused until it is corrected; then the outcome
	Slow     bool // answers late
	Never    bool // never answers
	Dup      bool // webhooks doubled
	Shuffle  bool // webhooks out of order
	Lost     bool // webhooks not sent
	Error    bool // the first requests answer 500
}

// StoryOf reads the story from the plus tags of an e-mail address:
// jan+retry+dup@example.test is refused once, and its webhooks come twice.
//
// It is total: no address, no tag and tags that are not ours all mean Approve
// without trouble. Case does not matter; of several outcomes the last one counts.
func StoryOf(email string) Story {
	s := Story{Outcome: Approve}
	local := email
	if at := strings.LastIndexByte(email, '@'); at >= 0 {
		local = email[:at]
	}
	tags := strings.Split(strings.ToLower(local), "+")
	for _, tag := range tags[1:] {
		switch tag {
		case "correct":
			s.Mistyped = true
		case "slow":
			s.Slow = true
		case "never":
			s.Never = true
		case "dup":
			s.Dup = true
		case "shuffle":
			s.Shuffle = true
		case "lost":
			s.Lost = true
		case "error":
			s.Error = true
		default:
			switch o := Outcome(tag); o {
			case Approve, Reject, Retry, Flag, Unknown, Sanctions, Reversal:
				s.Outcome = o
			}
		}
	}
	return s
}

// String returns the story as the tags that select it, for example "retry+dup".
func (s Story) String() string {
	tags := []string{string(s.Outcome)}
	for _, t := range []struct {
		on  bool
		tag string
	}{
		{s.Mistyped, "correct"}, {s.Slow, "slow"}, {s.Never, "never"}, {s.Dup, "dup"},
		{s.Shuffle, "shuffle"}, {s.Lost, "lost"}, {s.Error, "error"},
	} {
		if t.on {
			tags = append(tags, t.tag)
		}
	}
	return strings.Join(tags, "+")
}
